<?php
// A PHP application as any: its sessions, with their locks, are in the Redis at port $PORT, and phpredis speaks to it.
$port = (int) getenv('PORT');
ini_set('session.save_handler', 'redis');
ini_set('session.save_path', "tcp://127.0.0.1:$port");
ini_set('redis.session.locking_enabled', '1');
ini_set('session.use_cookies', '0');
ini_set('session.use_only_cookies', '0');
ini_set('session.cache_limiter', '');

function said($what, $value) { echo $what, ' ', json_encode($value), "\n"; }
function attempt($do) {
    try {
        return $do();
    } catch (RedisException $error) {
        return 'refused: ' . substr($error->getMessage(), 0, 40);
    }
}

$right = 0;
for ($visitor = 0; $visitor < 50; ++$visitor) {
    for ($visit = 1; $visit <= 4; ++$visit) {
        session_id("visitor$visitor");
        session_start();
        $_SESSION['visits'] = ($_SESSION['visits'] ?? 0) + 1;
        $right += $_SESSION['visits'] === $visit;
        session_write_close();
        $_SESSION = [];
    }
}
said('visits', $right);

$redis = new Redis();
$redis->connect('127.0.0.1', $port);
said('sessions', count($redis->keys('PHPREDIS_SESSION:*')));
$pipe = $redis->multi(Redis::PIPELINE);
for ($n = 0; $n < 200; ++$n) $pipe->set("user:$n", $n)->incr("user:$n");
said('pipeline', array_sum(array_filter($pipe->exec(), 'is_int')));
said('mget', array_sum($redis->mGet(array_map(fn($n) => "user:$n", range(0, 199)))));
said('transaction', attempt(function () use ($redis) {
    $done = $redis->multi()->set('a', 1)->incr('b')->lPush('c', 'x')->exec();
    return $done === false ? 'refused: ' . substr($redis->getLastError(), 0, 40) : $done;
}));
$redis->clearLastError();
$redis->discard();
said('script', $redis->eval(
    "local other = KEYS[1] .. ':other' redis.call('set', other, ARGV[1]) return {KEYS[1], redis.call('get', other)}", ['s', 'x'], 1)
    ?: 'refused: ' . substr($redis->getLastError(), 0, 40));
$redis->rPush('queue:low', 'job');
said('blpop', $redis->blPop(['queue:high', 'queue:low'], 1));
$found = 0;
$cursor = null;
while (($page = $redis->scan($cursor, 'user:*', 50)) !== false) $found += count($page);
said('scan', $found);
said('flush', [$redis->flushDB(), $redis->dbSize()]);
echo "end\n";
