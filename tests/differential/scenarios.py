"""The plays: what a session does, and what several clients do to each other. Keys are made as keyspace.py says."""

TRANSACTIONS = r"""
queued and run:
  MULTI
  SET {d}a 1
  INCR {d}a
  GET {d}a
  LRANGE {d}list 0 -1
  EXEC
  GET {d}a
nothing queued:
  MULTI
  EXEC
discarded:
  MULTI
  SET {d}a 1
  DISCARD
  GET {d}a
  DISCARD
  EXEC
an error while running leaves the others alone:
  MULTI
  SET {d}a text
  INCR {d}a
  LPUSH {d}a x
  GET {d}a
  EXEC
  GET {d}a
an unknown command aborts:
  MULTI
  SET {d}a 1
  NOSUCH a b
  SET {d}a 2
  EXEC
  GET {d}a
  EXEC
a wrong arity aborts:
  MULTI
  SET {d}a
  EXEC
  MULTI
  GET
  MGET
  OBJECT ENCODING
  EXEC
an unknown subcommand aborts:
  MULTI
  OBJECT NOSUCH {d}a
  EXEC
  MULTI
  XGROUP NOSUCH
  EXEC
discarded after an error:
  MULTI
  NOSUCH
  DISCARD
  EXEC
  SET {d}a 1
nested:
  MULTI
  MULTI
  SET {d}a 1
  EXEC
  GET {d}a
arities:
  MULTI x
  EXEC
  MULTI
  EXEC x
  SET {d}a 1
  EXEC
  MULTI
  DISCARD x
  EXEC
  EXEC x
  DISCARD x
  WATCH
  UNWATCH x
  MULTI
  WATCH
  EXEC
  MULTI
  MULTI x
  EXEC
without MULTI:
  EXEC
  DISCARD
  UNWATCH
watch inside:
  MULTI
  WATCH {d}a
  SET {d}a 1
  EXEC
unwatch inside:
  WATCH {d}a
  MULTI
  UNWATCH
  SET {d}a 1
  EXEC
watched and left alone:
  WATCH {d}a {d}text
  MULTI
  SET {d}a 1
  EXEC
  GET {d}a
watched and changed by another:
  WATCH {d}text
  2: SET {d}text other
  MULTI
  SET {d}text mine
  EXEC
  GET {d}text
watched and changed by oneself:
  WATCH {d}text
  SET {d}text first
  MULTI
  SET {d}text second
  EXEC
  GET {d}text
watched, changed, unwatched:
  WATCH {d}text
  2: SET {d}text other
  UNWATCH
  MULTI
  SET {d}text mine
  EXEC
  GET {d}text
watched twice, and once the exec has ended it is over:
  WATCH {d}text
  WATCH {d}number {d}text
  MULTI
  GET {d}text
  EXEC
  2: SET {d}text other
  MULTI
  GET {d}text
  EXEC
watched and discarded:
  WATCH {d}text
  MULTI
  DISCARD
  2: SET {d}text other
  MULTI
  GET {d}text
  EXEC
not for one node:
  MULTI
  SET {d}new 1
  CLIENT SETNAME somebody
  DBSIZE
  CONFIG GET maxmemory-policy
  KEYS {d}new
  CLIENT GETNAME
  SCRIPT EXISTS 0000000000000000000000000000000000000000
  MONITOR
  SELECT 0
  SCAN 0 MATCH {d}new COUNT 1000
  CLIENT TRACKINGINFO
  ROLE x
  INFO none
  EXEC
  GET {d}new
not for one node and watched:
  WATCH {d}text
  MULTI
  CLIENT SETNAME somebody
  DBSIZE
  EXEC
  WATCH {d}text
  2: SET {d}text other
  MULTI
  CLIENT SETNAME nobody
  SET {d}text mine
  EXEC
  CLIENT GETNAME
  GET {d}text
a touch without a change:
  WATCH {d}text {d}missing
  2: GET {d}text
  2: DEL {d}missing
  2: EXPIRE {d}missing 100
  MULTI
  GET {d}text
  EXEC
an error aborts before the watch does:
  WATCH {d}text
  2: SET {d}text other
  MULTI
  NOSUCH
  EXEC
  MULTI
  GET {d}text
  EXEC
watched and flushed:
  WATCH {d}text
  2: FLUSHALL
  MULTI
  SET {d}text mine
  EXEC
commands that the connection answers:
  MULTI
  PING
  PING hello
  ECHO hello
  SELECT 0
  CLIENT SETNAME me
  CLIENT GETNAME
  COMMAND COUNT
  EXEC
  CLIENT GETNAME
names set inside last:
  CLIENT SETNAME before
  MULTI
  CLIENT GETNAME
  CLIENT SETNAME after
  CLIENT GETNAME
  DISCARD
  CLIENT GETNAME
errors of commands that the connection answers:
  MULTI
  SELECT abc
  ECHO
  EXEC
  MULTI
  SELECT abc
  CLIENT SETNAME "two words"
  PING a
  SET {d}a 1
  EXEC
  GET {d}a
subcommands and containers:
  MULTI
  OBJECT ENCODING {d}text
  XINFO STREAM {d}missing
  XGROUP CREATE {d}stream new $
  CONFIG
  EXEC
  MULTI
  CONFIG GET maxmemory-policy
  EXEC
keyless:
  MULTI
  PUBLISH channel text
  DBSIZE
  KEYS {d}te*
  EXEC
blocking commands do not block:
  MULTI
  BLPOP {d}missing 0
  BRPOP {d}list 0
  BLMOVE {d}missing {d}dest LEFT LEFT 0
  BRPOPLPUSH {d}missing {d}dest 0
  BLMPOP 0 2 {d}missing {d}list LEFT
  BZPOPMIN {d}zset {d}missing 0
  BZPOPMAX {d}missing 0
  BZMPOP 0 1 {d}missing MIN
  XREAD BLOCK 0 STREAMS {d}stream $
  XREADGROUP GROUP g alice BLOCK 0 STREAMS {d}stream >
  EXEC
scripts:
  MULTI
  EVAL "return redis.call('INCR', KEYS[1])" 1 {d}number
  EVAL "return redis.call('NOSUCH')" 0
  EVAL "return {1, 'two', false}" 0
  EVALSHA 0000000000000000000000000000000000000000 0
  EXEC
  GET {d}number
evalsha of a known body:
  SCRIPT LOAD "return redis.call('APPEND', KEYS[1], ARGV[1])"
  MULTI
  EVALSHA 68014bf0cbd405594c3f62158602855af28788cb 1 {d}text x
  EXEC
reset inside:
  MULTI
  SET {d}a 1
  RESET
  EXEC
  GET {d}a
reset forgets what is watched:
  WATCH {d}text
  RESET
  2: SET {d}text other
  MULTI
  GET {d}text
  EXEC
quit inside:
  MULTI
  SET {d}a 1
  QUIT
  2: GET {d}a
auth inside:
  MULTI
  AUTH wrong
  EXEC
large:
  MULTI
  MSET {d}a 1 {d}b 2 {d}c 3
  MGET {d}a {d}b {d}c {d}missing
  DEL {d}a {d}b {d}missing
  EXISTS {d}a {d}c
  TOUCH {d}c
  UNLINK {d}c
  EXEC
types:
  MULTI
  HGETALL {d}hash
  SISMEMBER {d}set a
  ZRANGE {d}zset 0 -1 WITHSCORES
  ZSCORE {d}zset b
  XRANGE {d}stream - +
  GET {d}list
  TTL {d}text
  GET {d}missing
  GEODIST {d}geo Palermo Catania
  OBJECT HELP
  EXEC
wait inside:
  MULTI
  WAIT 0 0
  EXEC
the clock stands still:
  MULTI
  SET {d}a v PX 100000
  PTTL {d}a
  PTTL {d}a
  EXEC
flush inside:
  MULTI
  SET {d}a 1
  FLUSHALL
  GET {d}a
  SET {d}b 2
  EXEC
  KEYS *
scan inside:
  MULTI
  HSCAN {d}hash 0
  SORT {d}numbers DESC LIMIT 0 2
  EXEC
"""

BLOCKING = r"""
what is there comes at once:
  BLPOP {d}list 0
  BRPOP {d}missing {d}list 0
  BLMOVE {d}list {d}dest LEFT RIGHT 0
  BRPOPLPUSH {d}list {d}dest 0
  BLMPOP 0 1 {d}numbers LEFT COUNT 2
  BZPOPMIN {d}zset 0
  BZPOPMAX {d}missing {d}zset 0
  BZMPOP 0 2 {d}missing {d}zset MIN COUNT 2
  XREAD COUNT 1 BLOCK 0 STREAMS {d}stream 0
  XREADGROUP GROUP g alice COUNT 1 BLOCK 0 STREAMS {d}stream >
a time that ends:
  BLPOP {d}missing 0.01
  BRPOP {d}missing 0.01
  BLMOVE {d}missing {d}dest LEFT RIGHT 0.01
  BRPOPLPUSH {d}missing {d}dest 0.01
  BLMPOP 0.01 1 {d}missing LEFT
  BZPOPMIN {d}missing 0.01
  BZPOPMAX {d}missing 0.01
  BZMPOP 0.01 1 {d}missing MAX
  XREAD BLOCK 10 STREAMS {d}stream $
  XREADGROUP GROUP g alice BLOCK 10 STREAMS {d}missing2 >
  XREADGROUP GROUP h alice COUNT 10 STREAMS {d}stream >
  XREADGROUP GROUP h alice BLOCK 10 STREAMS {d}stream >
errors:
  BLPOP {d}list abc
  BLPOP {d}list -1
  BLPOP {d}text 0
  BLPOP {d}list
  BLMPOP 0 0 {d}list LEFT
  BLMPOP 0 1 {d}list UP
  BLMPOP x 1 {d}list LEFT
  BZMPOP 0 1 {d}zset MIN COUNT 0
  BZPOPMIN {d}text 0
  BLMOVE {d}list {d}dest UP LEFT 0
  BLMOVE {d}text {d}dest LEFT LEFT 0
  BRPOPLPUSH {d}list {d}text 0
  BRPOPLPUSH {d}list {d}dest 1e400
  XREAD BLOCK abc STREAMS {d}stream $
  XREAD BLOCK -1 STREAMS {d}stream $
  XREAD BLOCK 10 STREAMS {d}text $
  XREAD BLOCK STREAMS {d}stream $
  XREADGROUP GROUP nogroup c BLOCK 10 STREAMS {d}stream >
  BLPOP {d}missing inf
  BLPOP {d}missing 99999999999999999
  BLPOP {d}missing nan
served by another client:
  2: BLPOP {d}a {d}b 0 &
  RPUSH {d}b one two
  2: <
  LRANGE {d}b 0 -1
moved by another client:
  2: BLMOVE {d}a {d}dest LEFT LEFT 0 &
  RPUSH {d}a one
  2: <
  LRANGE {d}dest 0 -1
sorted sets:
  2: BZPOPMAX {d}a 0 &
  ZADD {d}a 1 x
  2: <
streams:
  2: XREAD BLOCK 0 STREAMS {d}a 0 &
  XADD {d}a 1-1 f v
  2: <
groups:
  2: XREADGROUP GROUP g bob STREAMS {d}stream >
  2: XREADGROUP GROUP g bob BLOCK 0 STREAMS {d}stream > &
  XADD {d}stream 9-1 f v
  2: <
  2: XREADGROUP GROUP g bob BLOCK 0 STREAMS {d}stream > &
  XADD {d}stream 9-2 f v
  2: <
commands behind a blocking one wait for it:
  2: BLPOP {d}a 0 &
  2: SET {d}text after &
  2: GET {d}text &
  RPUSH {d}a one
  2: <
  2: <
  2: <
in one pipeline with what serves it:
  BLPOP {d}a 0.01 &
  RPUSH {d}a 1 &
  BLPOP {d}a 0 &
  GET {d}text &
  <
  <
  <
  <
another type wakes nobody:
  2: BLPOP {d}a 0 &
  (blocked)
  SET {d}a text
  DEL {d}a
  RPUSH {d}a one
  2: <
the group goes:
  2: XREADGROUP GROUP g bob STREAMS {d}stream >
  2: XREADGROUP GROUP g bob BLOCK 0 STREAMS {d}stream > &
  (blocked)
  XGROUP DESTROY {d}stream g
  2: <
the stream becomes another type:
  2: XREADGROUP GROUP g bob STREAMS {d}stream >
  2: XREADGROUP GROUP g bob BLOCK 0 STREAMS {d}stream > &
  (blocked)
  SET {d}stream text
  2: <
the first who waits is served first:
  2: BLPOP {d}a 0 &
  (blocked)
  RPUSH {d}a one two
  2: <
  3: BLMPOP 0 1 {d}a LEFT COUNT 5
woken by another key's move:
  2: BLPOP {d}dest 0 &
  (blocked)
  LMOVE {d}list {d}dest LEFT LEFT
  2: <
  2: BRPOPLPUSH {d}a {d}b 0 &
  (blocked)
  SORT {d}numbers STORE {d}a
  2: <
woken by a script, and by a transaction:
  2: BLPOP {d}a 0 &
  (blocked)
  EVAL "return redis.call('RPUSH', KEYS[1], 'x', 'y')" 1 {d}a
  2: <
woken by what is renamed:
  2: BZPOPMIN {d}a 0 &
  (blocked)
  RENAME {d}zset {d}a
  2: <
unblocked:
  2: CLIENT UNBLOCK 0
  2: CLIENT UNBLOCK 0 ERROR
pushed to the wrong type:
  2: BLMOVE {d}a {d}text LEFT LEFT 0 &
  (blocked)
  RPUSH {d}a one
  2: <
  LRANGE {d}a 0 -1
"""

PUBSUB = r"""
one channel:
  2: SUBSCRIBE news
  PUBLISH news hello
  2: <
  2: UNSUBSCRIBE news
  PUBLISH news nobody
several channels and patterns:
  2: SUBSCRIBE a b c
  2: PSUBSCRIBE ? x*
  PUBLISH b text
  2: <
  2: <
  2: UNSUBSCRIBE a
  2: PUNSUBSCRIBE x*
  PUBLISH a text
  PUBLISH b text
  2: <
  2: <
published inside a transaction, and asked about:
  2: SUBSCRIBE news
  2: PSUBSCRIBE n*
  MULTI
  GET {d}text
  PUBLISH news hello
  PUBLISH none hello
  PUBSUB NUMSUB news
  EXEC
  2: <
  2: <
the same twice:
  2: SUBSCRIBE a a
  2: SUBSCRIBE a
  PUBLISH a text
  2: <
  2: UNSUBSCRIBE a
  2: UNSUBSCRIBE a
unsubscribe without having subscribed:
  UNSUBSCRIBE
  PUNSUBSCRIBE
  SUNSUBSCRIBE
  UNSUBSCRIBE nothing
  PUNSUBSCRIBE nothing
  SUNSUBSCRIBE nothing
  GET {d}text
unsubscribe from all:
  2: SUBSCRIBE a
  2: PSUBSCRIBE p*
  2: UNSUBSCRIBE
  2: PUNSUBSCRIBE
  2: GET {d}text
arities:
  SUBSCRIBE
  PSUBSCRIBE
  SSUBSCRIBE
  PUBLISH a
  PUBLISH a b c
  SPUBLISH a
  PUBSUB
  PUBSUB NOSUCH
  PUBSUB NUMPAT x
what a subscribed client may say:
  2: SUBSCRIBE a
  2: PING
  2: PING hello
  2: GET {d}text
  2: NOSUCH
  2: SET {d}a 1
  2: MULTI
  2: EXEC
  2: ECHO x
  2: RESET
  2: GET {d}text
how many:
  2: SUBSCRIBE a b
  3: SUBSCRIBE a
  3: PSUBSCRIBE a* x*
  2: PSUBSCRIBE a*
  PUBSUB NUMSUB a b c
  PUBSUB NUMSUB
  PUBSUB NUMPAT
  PUBSUB CHANNELS nothing*
  PUBSUB CHANNELS b*
  PUBLISH a text
  PUBLISH b text
  PUBLISH c text
  2: <
  2: <
  2: <
  3: <
  3: <
of a shard:
  2: SSUBSCRIBE {d}a {d}b
  SPUBLISH {d}a text
  2: <
  PUBSUB SHARDNUMSUB {d}a {d}b {d}c
  PUBSUB SHARDCHANNELS {d}a
  PUBLISH {d}a text
  2: SUNSUBSCRIBE {d}a
  SPUBLISH {d}a text
  2: SUNSUBSCRIBE
  2: GET {d}text
names of any bytes:
  2: SUBSCRIBE "" "two words"
  PUBLISH "" ""
  PUBLISH "two words" "three more words"
  2: <
  2: <
a subscriber hears itself:
  2: HELLO 3
  2: SUBSCRIBE a
  2: PUBLISH a x &
  2: <2
what comes behind a subscription in one go:
  2: HELLO 3
  2: GET {d}text &
  2: SUBSCRIBE a &
  2: PUBLISH a x &
  2: PSUBSCRIBE __keyspace@0__:* &
  2: GET {d}text &
  2: <6
subscribed inside a transaction:
  2: MULTI
  2: SUBSCRIBE a
  2: PSUBSCRIBE b*
  2: SSUBSCRIBE {d}a
  2: EXEC
  PUBLISH a x
  PUBLISH b x
  2: <
  2: <
a subscriber may not speak in the older protocol:
  2: HELLO 2
  2: SUBSCRIBE a
  2: PUBLISH a x
published inside a transaction:
  2: SUBSCRIBE a
  MULTI
  PUBLISH a one
  SET {d}a 1
  PUBLISH a two
  EXEC
  2: <
  2: <
published by a script:
  2: SUBSCRIBE a
  EVAL "redis.call('PUBLISH', 'a', ARGV[1]) return 'told'" 0 text
  2: <
a subscriber that leaves:
  2: SUBSCRIBE a
  2: QUIT
"""

SESSION = r"""
ping and echo:
  PING
  PING hello
  PING a b
  ECHO hello
  ECHO
names:
  CLIENT GETNAME
  CLIENT SETNAME me
  CLIENT GETNAME
  CLIENT SETNAME ""
  CLIENT GETNAME
  CLIENT SETNAME "two words"
  CLIENT NOSUCH
  CLIENT
  CLIENT REPLY NOSUCH
  CLIENT NO-EVICT on
  CLIENT NO-EVICT maybe
databases:
  SELECT 0
  SELECT abc
  SELECT
  SELECT -1
  SELECT 99999999999999999999
  SELECT 16
authentication:
  AUTH secret
  AUTH default secret
  AUTH nobody secret
  AUTH
  AUTH a b c
protocols:
  HELLO 1
  HELLO 4
  HELLO abc
  HELLO 2 NOSUCH
  HELLO 2 SETNAME
  HELLO 2 AUTH a
  HELLO 2 AUTH nobody wrong
  HELLO 2 SETNAME "two words"
  HELLO 99999999999999999999
protocols switched:
  HGETALL {d}hash
  HELLO 3
  HGETALL {d}hash
  ZSCORE {d}zset a
  GET {d}missing
  SISMEMBER {d}set a
  SMEMBERS {d}intset
  CONFIG GET maxmemory-policy
  HELLO 2
  HGETALL {d}hash
  ZSCORE {d}zset a
  GET {d}missing
  HELLO 3 SETNAME me
  CLIENT GETNAME
  HELLO
  HELLO 4
  GET {d}missing
  RESET
  GET {d}missing
  CLIENT GETNAME
protocols switched in one pipeline:
  GET {d}missing &
  HELLO 3 &
  GET {d}missing &
  HELLO 2 &
  GET {d}missing &
  <
  <
  <
  <
  <
reset:
  CLIENT SETNAME me
  RESET
  CLIENT GETNAME
  RESET x
quit:
  QUIT
  PING
quiet:
  CLIENT REPLY SKIP &
  PING &
  ECHO heard
  CLIENT REPLY OFF &
  ECHO unheard &
  SET {d}a 1 &
  CLIENT REPLY ON
  GET {d}a
killing:
  CLIENT KILL 127.0.0.1:1
  CLIENT KILL ID 123456789
  CLIENT KILL ID abc
  CLIENT KILL TYPE nosuch
  CLIENT KILL SKIPME maybe
  CLIENT KILL NOSUCH x
  CLIENT KILL ID
  CLIENT LIST TYPE nosuch
  CLIENT LIST ID abc
  CLIENT LIST NOSUCH
  CLIENT UNBLOCK 123456789
  CLIENT UNBLOCK abc
  CLIENT UNBLOCK 1 NOSUCH
wait for no replica:
  SET {d}a 1
  WAIT 0 10
  WAIT abc 1
  WAIT 0 abc
  WAIT 0 -1
  WAIT
"""

SCRIPTS = r"""
seen and repeated:
  SCRIPT FLUSH
  EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
  EVAL "return 1" 0
  EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0
  EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 1 {d}text
  EVALSHA_RO e0e1f9fabfc9d4800c877a703b823ac0578ff8db 1 other
  SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0000000000000000000000000000000000000000
  SCRIPT FLUSH
  SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db
  EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 1 {d}text
asked behind what takes longer:
  FCALL nosuch 1 {d}list &
  SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db &
  PING &
  <
  <
  <
loaded:
  SCRIPT LOAD "return KEYS[1]"
  EVALSHA 4a2267357833227dd98abdedb8cf24b15a986445 1 {d}text
  EVALSHA 4a2267357833227dd98abdedb8cf24b15a986445 1 elsewhere
  2: EVALSHA 4a2267357833227dd98abdedb8cf24b15a986445 1 far
  SCRIPT LOAD "syntax("
  SCRIPT LOAD
  SCRIPT FLUSH ASYNC
  SCRIPT FLUSH SYNC
  SCRIPT FLUSH NOPE
  SCRIPT EXISTS
  SCRIPT NOSUCH
  SCRIPT KILL
  SCRIPT HELP
known to all clients:
  EVAL "return 'shared'" 1 {d}a
  2: EVALSHA f924e4de9d15b2a378110214a3346d1a7b2617a0 1 elsewhere
errors of scripts:
  EVAL "return redis.call('INCR', KEYS[1])" 1 {d}text
  EVAL "return redis.pcall('INCR', KEYS[1])" 1 {d}text
  EVAL "return redis.call('NOSUCH')" 1 {d}text
  EVAL "return redis.call('GET')" 1 {d}text
  EVAL "error({err='MINE of my own'})" 0
  EVAL "return {err='MINE returned'}" 0
  EVAL "return redis.error_reply('no code')" 0
  EVAL "local x = nil; return x.y" 0
  EVAL "return nosuch" 0
  EVAL "x = 1" 0
  EVAL "return redis.call('SUBSCRIBE', 'a')" 0
  EVAL "return redis.call('BLPOP', KEYS[1], 0)" 1 {d}missing
  EVAL_RO "return redis.call('SET', KEYS[1], 1)" 1 {d}text
  EVAL_RO "return redis.call('GET', KEYS[1])" 1 {d}text
  EVAL "return 1" -1
  EVAL "return 1" 1
  EVAL "return 1" abc
  EVAL "return 1"
  EVAL "#!lua flags=no-writes\nreturn 1" 0
  EVAL "#!lua flags=nosuch\nreturn 1" 0
  EVAL "return redis.call('MULTI')" 0
  EVAL "return redis.call('SELECT', '0')" 0
values:
  EVAL "return {1, 2.9, 'three', {4, {5}}, true, false, nil, 6}" 0
  EVAL "return {ok='FINE'}" 0
  EVAL "return {double=3.5}" 0
  EVAL "redis.setresp(3); return redis.call('HGETALL', KEYS[1])" 1 {d}hash
  EVAL "redis.setresp(3); return redis.call('ZSCORE', KEYS[1], 'a')" 1 {d}zset
  EVAL "redis.setresp(3); return redis.call('SMEMBERS', KEYS[1])" 1 {d}intset
  EVAL "return {map={a=1}}" 0
  EVAL "return {set={a=true}}" 0
  EVAL "return {big_number='123456789012345678901234567890'}" 0
  EVAL "return #ARGV[1]" 0 "two words"
  EVAL "return redis.sha1hex('abc')" 0
  EVAL "return cjson.encode({1, 2, 'three'})" 0
  EVAL "return redis.status_reply('GOOD')" 0
functions:
  FUNCTION FLUSH
  FCALL twice 1 {d}number
  FUNCTION LOAD "#!lua name=lib\nredis.register_function('twice', function(keys, args) return redis.call('GET', keys[1]) * 2 end)"
  FCALL twice 1 {d}number
  FCALL_RO twice 1 {d}number
  FCALL nosuch 0
  FUNCTION LOAD "#!lua name=lib\nredis.register_function('thrice', function(keys, args) return 3 end)"
  FUNCTION LOAD REPLACE "#!lua name=lib\nredis.register_function{function_name='thrice', callback=function(keys, args) return 3 end, flags={'no-writes'}}"
  FCALL thrice 0
  FCALL_RO thrice 1 elsewhere
  FCALL twice 1 {d}number
  FUNCTION LIST
  FUNCTION LIST LIBRARYNAME lib WITHCODE
  FUNCTION LIST LIBRARYNAME nothing
  FUNCTION LOAD "no shebang"
  FUNCTION LOAD "#!lua name=lib2\nsyntax("
  FUNCTION LOAD "#!lua name=bad-name\nreturn 1"
  FUNCTION DELETE nosuch
  FUNCTION DELETE lib
  FCALL thrice 0
  FUNCTION FLUSH NOPE
  FUNCTION KILL
  FUNCTION NOSUCH
  FUNCTION RESTORE garbage
  FUNCTION FLUSH
"""

KEYSPACE = r"""
counted and listed:
  DBSIZE
  KEYS *
  KEYS {d}nothing*
  KEYS {d}te?t
  KEYS
  DBSIZE x
emptied:
  FLUSHDB
  DBSIZE
  RANDOMKEY
  SET far 1
  FLUSHALL ASYNC
  KEYS *
  FLUSHALL NOPE
  FLUSHDB SYNC
scan's errors:
  SCAN
  SCAN abc
  SCAN -1
  SCAN 0 COUNT 0
  SCAN 0 COUNT abc
  SCAN 0 MATCH
  SCAN 0 NOSUCH x
  SCAN 0 TYPE nosuch
  SCAN 99999999999999999999999
of one key:
  OBJECT ENCODING {d}list
  OBJECT REFCOUNT {d}text
  OBJECT FREQ {d}text
  OBJECT ENCODING {d}missing
  OBJECT NOSUCH {d}text
  OBJECT HELP
  MEMORY USAGE {d}missing
  MEMORY USAGE {d}text SAMPLES -1
  MEMORY NOSUCH
  MEMORY HELP
  DUMP {d}missing
  RESTORE {d}a 0 garbage
  XINFO STREAM {d}missing
  XINFO HELP
  XGROUP HELP
  DEBUG OBJECT
sorted and stored:
  SORT {d}numbers
  SORT {d}numbers DESC ALPHA LIMIT 0 2
  SORT {d}numbers STORE {d}dest
  LRANGE {d}dest 0 -1
  SORT {d}text
  SORT {d}list
  SORT {d}set ALPHA
  SORT {d}missing
"""
