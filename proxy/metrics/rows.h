// Every metric, declared once: enum name, exposed name, labels, help. Base units (seconds, bytes).
// From these rows come the cells, # HELP and # TYPE, dashboards/METRICS.md and the test of the dashboards.
// Thread: any (constants).
#pragma once

// COUNTER(Name, "slotway_...", labels, "help"): one cell, or one per value of its labels (a LabelSet, metrics/labels.h).
// GAUGE(...): the same, set instead of added. Told apart by Worker, or else summed over all blocks: what the process has
// only once (epoch, uncovered slots) is set in control's block alone.
// HISTOGRAM(Name, "slotway_...", labels, unit, "help"): Microseconds inside, seconds outside; or a plain Number.
#define SLOTWAY_METRICS(COUNTER, GAUGE, HISTOGRAM)                                                                            \
  COUNTER(ClientsAccepted, "slotway_clients_accepted_total", None, "Client connections accepted.")                            \
  COUNTER(ClientsRejected, "slotway_clients_rejected_total", None, "Client connections refused at the limit.")                \
  COUNTER(AcceptFailures, "slotway_accept_failures_total", None,                                                              \
          "Client connections that had to wait, since the system would not let the process have one more.")                   \
  COUNTER(ClientPauses, "slotway_client_pauses_total", PauseReason,                                                           \
          "Times that a client was not read from for a while, since it had reached a limit, by what that is on.")             \
  GAUGE(Clients, "slotway_clients", Worker, "Client connections open, by worker.")                                            \
  COUNTER(Bytes, "slotway_bytes_total", Direction, "Bytes read from and written to clients and nodes.")                       \
  COUNTER(Redirects, "slotway_redirects_total", RedirectKind, "Redirects and refusals by the cluster, by kind.")              \
  COUNTER(Retries, "slotway_retries_total", RetryReason, "Pieces of work sent again, by reason.")                             \
  COUNTER(Failures, "slotway_failures_total", Failure,                                              \
          "Requests, or parts of split ones, that Slotway itself failed, by class, side and code.")                           \
  COUNTER(ErrorReplies, "slotway_error_replies_total", ErrorClass, "Error replies of nodes passed on, by their first word.")  \
  GAUGE(Links, "slotway_links", None, "Connections to nodes that are ready.")                                                 \
  COUNTER(LinkConnects, "slotway_link_connects_total", None, "Attempts to connect to nodes.")                                 \
  COUNTER(LinkFailures, "slotway_link_failures_total", None, "Connections to nodes lost, or not made.")                       \
  COUNTER(UnaskedPushes, "slotway_unasked_pushes_total", None,                                                                \
          "Out-of-band messages of nodes that nobody had asked for; they are dropped.")                                       \
  GAUGE(HeldRequests, "slotway_held_requests", None,                                                                          \
        "Pieces of work that wait: for a master that is unavailable, for a refusal's back-off, or behind such a one.")        \
  GAUGE(HeldBytes, "slotway_held_bytes", None, "The same, in bytes.")                                                         \
  GAUGE(BufferedBytes, "slotway_buffered_bytes", None,                                                                        \
        "Memory of requests, answers and messages on their way; five eighths of limits.memory at most.")                     \
  HISTOGRAM(FanOutWidth, "slotway_fan_out_width", None, Number, "Pieces of work of a request that needed more than one.")     \
  HISTOGRAM(UpstreamTime, "slotway_upstream_duration_seconds", None, Microseconds,                                            \
            "Time from sending a piece of work to its reply.")                                                                \
  HISTOGRAM(OwnTime, "slotway_own_duration_seconds", None, Microseconds,                                                      \
            "Time of a request spent in Slotway: all of it less the wait upstream.")                                          \
  HISTOGRAM(LoopLag, "slotway_loop_lag_seconds", Worker, Microseconds,                                                        \
            "How late a timer of a worker's event loop fired, by worker.")                                                    \
  COUNTER(TopologyRefreshes, "slotway_topology_refreshes_total", RefreshCause, "Topology refreshes, by cause.")               \
  COUNTER(TopologyFailures, "slotway_topology_refresh_failures_total", None, "Topology refreshes that no node answered.")     \
  GAUGE(TopologyEpoch, "slotway_topology_epoch", None, "The cluster's configuration epoch, as known.")                        \
  GAUGE(SlotsUncovered, "slotway_slots_uncovered", None,                                                                      \
        "Hash slots that no node serves; 16384 until the topology is known.")                                                 \
  COUNTER(PubSubMessages, "slotway_pubsub_messages_total", None, "Messages handed to subscribed clients, one for each.")       \
  COUNTER(PubSubGaps, "slotway_pubsub_gaps_total", None,                                                                      \
          "Subscriptions at nodes that were lost, or moved on, while clients needed them: messages may have been missed.")    \
  COUNTER(PubSubResubscriptions, "slotway_pubsub_resubscriptions_total", None,                                                \
          "Subscriptions at nodes that were made anew, after a loss or at another node.")                                     \
  GAUGE(WatchedKeys, "slotway_watched_keys", None, "Keys of several slots that clients wait for together.")                     \
  COUNTER(VainWakes, "slotway_vain_wakes_total", None,                                                                        \
          "Times that a client that waits for keys of several slots was woken and found nothing, since others were faster.")   \
  COUNTER(ScriptErrorsKept, "slotway_script_redirects_passed_total", None,                                                    \
          "Errors of scripts that looked like redirects and were passed on.")

// What has no cell: it is read when scraped (ScrapedValues, metrics/catalog.h). COUNTER and GAUGE(Name, "slotway_...", "help").
#define SLOTWAY_SCRAPED(COUNTER, GAUGE)                                                                                       \
  GAUGE(TopologyAge, "slotway_topology_age_seconds", "Time since a node last answered a topology refresh.")                   \
  GAUGE(StartTime, "slotway_process_start_time_seconds", "When the process started, since the Unix epoch.")                   \
  COUNTER(Cpu, "slotway_process_cpu_seconds_total", "CPU time of the process, user and system.")                              \
  GAUGE(ResidentMemory, "slotway_process_resident_memory_bytes", "Resident memory of the process.")                           \
  GAUGE(OpenFds, "slotway_process_open_fds", "File descriptors that are open.")                                               \
  GAUGE(MaxFds, "slotway_process_max_fds", "File descriptors that may be open.")
