// An ioredis application as any: one connection pool to the Redis at port $PORT. It prints a line for each thing it does.
const Redis = require('ioredis').default || require('ioredis');

const port = Number(process.env.PORT);
const said = (what, value) => console.log(what, JSON.stringify(value));
const refused = error => 'refused: ' + String(error.message).slice(0, 40);

async function main() {
  const redis = new Redis(port, '127.0.0.1');
  const keys = Array.from({length: 200}, (_, n) => `user:${n}`);
  const pipeline = redis.pipeline();
  keys.forEach((key, n) => pipeline.set(key, n).incr(key));
  const results = await pipeline.exec();
  said('pipeline', results.every(([error, value], at) => !error && value === (at % 2 ? (at - 1) / 2 + 1 : 'OK')));
  said('mget', (await redis.mget(...keys)).every((value, n) => value === String(n + 1)));

  const found = new Set();
  for await (const page of redis.scanStream({match: 'user:1*', count: 50})) page.forEach(key => found.add(key));
  said('scan', [...found].sort().join() === keys.filter(key => key.startsWith('user:1')).sort().join());

  said('transaction', await redis.multi().set('a', 1).incr('b').lpush('c', 'x').exec().then(all => all.map(each => each[1]), refused));
  redis.defineCommand('swap', {
    numberOfKeys: 1,
    lua: "local other = KEYS[1] .. ':other' redis.call('set', other, ARGV[1]) return {KEYS[1], redis.call('get', other)}",
  });
  said('script', await Promise.all([1, 2, 3].map(n => redis.swap('s', n))).catch(refused));

  const waiter = redis.duplicate();
  const popped = waiter.blpop('queue:high', 'queue:low', 0);
  await redis.rpush('queue:low', 'job');
  said('blpop', await popped);

  await redis.xgroup('CREATE', 'events', 'readers', '$', 'MKSTREAM');
  await redis.xadd('events', '1-1', 'type', 'login');
  const read = await redis.xreadgroup('GROUP', 'readers', 'me', 'COUNT', 10, 'STREAMS', 'events', '>');
  said('stream', read.map(([stream, entries]) => [stream, entries.length]));

  const subscriber = redis.duplicate();
  const heard = [];
  subscriber.on('message', (channel, text) => heard.push([channel, text]));
  await subscriber.subscribe('news', 'sport');
  await redis.publish('news', 'hello');
  while (heard.length < 1) await new Promise(done => setTimeout(done, 10));
  said('heard', heard);

  await redis.watch('balance');
  said('watched', await redis.multi().incrby('balance', 5).exec().then(all => all.map(each => each[1])));
  said('flush', [await redis.flushdb(), await redis.dbsize()]);
  for (const each of [subscriber, waiter, redis]) await each.quit();
  console.log('end');
}

main().then(() => process.exit(0), error => {
  console.error(error);
  process.exit(1);
});
