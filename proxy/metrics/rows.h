// Every metric, declared once: enum name, exposed name, type, label, help. Base units (seconds, bytes).
// From these rows come the cells, # HELP and # TYPE, dashboards/METRICS.md and the test of the dashboards.
// Thread: any (constants).
#pragma once

// COUNTER(Name, "slotway_...", "label" or "", "help"): a single cell, or one cell per label value (metrics/labels.h).
// GAUGE(...): the same, set instead of added; summed over workers unless the row says Max.
// HISTOGRAM(...): in microseconds inside, exposed in seconds, at most 12 buckets; or plain numbers for widths.
#define SLOTWAY_METRICS(COUNTER, GAUGE, HISTOGRAM)                                                                            \
  COUNTER(ClientsAccepted, "slotway_clients_accepted_total", "", "Client connections accepted.")                              \
  COUNTER(ClientsRejected, "slotway_clients_rejected_total", "", "Client connections refused at the limit.")                  \
  GAUGE(Clients, "slotway_clients", "", "Client connections open.")                                                           \
  COUNTER(Bytes, "slotway_bytes_total", "direction", "Bytes moved: client_in, client_out, upstream_in, upstream_out.")        \
  COUNTER(Redirects, "slotway_redirects_total", "kind", "Redirects and refusals by the cluster, by kind.")                    \
  COUNTER(Retries, "slotway_retries_total", "reason", "Pieces of work sent again, by reason.")                                \
  COUNTER(Failures, "slotway_failures_total", "class", "Requests that Slotway itself failed, by class, side and code.")       \
  COUNTER(ErrorReplies, "slotway_error_replies_total", "class", "Error replies by servers passed on, by their first word.")   \
  GAUGE(Links, "slotway_links", "", "Connections to nodes that are ready.")                                                   \
  COUNTER(LinkConnects, "slotway_link_connects_total", "", "Connections to nodes opened.")                                    \
  COUNTER(LinkFailures, "slotway_link_failures_total", "", "Connections to nodes lost, or not made.")                         \
  HISTOGRAM(FanOutWidth, "slotway_fan_out_width", "legs", "Pieces of work that one request was split into.")                  \
  HISTOGRAM(UpstreamTime, "slotway_upstream_seconds", "us", "Time from sending a piece of work to its reply.")                \
  HISTOGRAM(OwnTime, "slotway_own_seconds", "us", "Time of a request spent in Slotway: all of it less the wait upstream.")    \
  HISTOGRAM(LoopLag, "slotway_loop_lag_seconds", "us", "How late a worker's timer fired: its event loop's lag.")              \
  COUNTER(TopologyRefreshes, "slotway_topology_refreshes_total", "cause", "Topology refreshes, by cause.")                    \
  COUNTER(TopologyFailures, "slotway_topology_refresh_failures_total", "", "Topology refreshes that no node answered.")       \
  GAUGE(TopologyEpoch, "slotway_topology_epoch", "", "The cluster's configuration epoch, as known.")                          \
  GAUGE(SlotsUncovered, "slotway_slots_uncovered", "", "Hash slots that no node serves; 16384 until the topology is known.")  \
  COUNTER(ScriptErrorsKept, "slotway_script_redirects_passed_total", "",                                                      \
          "Errors of scripts that looked like redirects and were passed on.")
