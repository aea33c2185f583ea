// A node-redis application as any: a client of the Redis at port $PORT. It prints a line for each thing it does.
const {createClient, defineScript} = require('redis');

const said = (what, value) => console.log(what, JSON.stringify(value));
const refused = error => 'refused: ' + String(error.message || error.replies).slice(0, 40);
const scripts = {
  swap: defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: "local other = KEYS[1] .. ':other' redis.call('set', other, ARGV[1]) return {KEYS[1], redis.call('get', other)}",
    parseCommand(parser, key, value) {
      parser.pushKey(key);
      parser.push(value);
    },
    transformReply: reply => reply,
  }),
};

async function main() {
  const client = createClient({url: `redis://127.0.0.1:${process.env.PORT}`, scripts});
  client.on('error', error => console.error(error));
  await client.connect();
  const keys = Array.from({length: 200}, (_, n) => `user:${n}`);
  await Promise.all(keys.map((key, n) => client.set(key, String(n))));
  said('incr', (await Promise.all(keys.map(key => client.incr(key)))).every((value, n) => value === n + 1));
  said('mget', (await client.mGet(keys)).every((value, n) => value === String(n + 1)));

  const found = new Set();
  for await (const page of client.scanIterator({MATCH: 'user:1*', COUNT: 50})) [].concat(page).forEach(key => found.add(key));
  said('scan', [...found].sort().join() === keys.filter(key => key.startsWith('user:1')).sort().join());

  said('transaction', await client.multi().set('a', '1').incr('b').lPush('c', 'x').exec().catch(refused));
  said('script', await Promise.all(['1', '2', '3'].map(n => client.swap('s', n))).catch(refused));

  const waiter = client.duplicate();
  await waiter.connect();
  const popped = waiter.blPop(['queue:high', 'queue:low'], 0);
  await client.rPush('queue:low', 'job');
  said('blpop', await popped);

  await client.xGroupCreate('events', 'readers', '$', {MKSTREAM: true});
  await client.xAdd('events', '1-1', {type: 'login'});
  const read = await client.xReadGroup('readers', 'me', [{key: 'events', id: '>'}], {COUNT: 10});
  said('stream', read.map(stream => [stream.name, stream.messages.length]));

  const subscriber = client.duplicate();
  await subscriber.connect();
  const heard = [];
  await subscriber.subscribe('news', (text, channel) => heard.push([channel, text]));
  await client.publish('news', 'hello');
  while (heard.length < 1) await new Promise(done => setTimeout(done, 10));
  said('heard', heard);

  await client.hSet('profile', {name: 'Ann', town: 'Oslo'});
  said('hash', await client.hGetAll('profile'));
  said('flush', [await client.flushDb(), await client.dbSize()]);
  for (const each of [subscriber, waiter, client]) await each.close();
  console.log('end');
}

main().then(() => process.exit(0), error => {
  console.error(error);
  process.exit(1);
});
