"""What black-box tests share: real clusters, scripted nodes, the program under test and a client that hides nothing."""
