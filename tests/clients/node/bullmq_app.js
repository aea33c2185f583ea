// A BullMQ application as any: the Redis at port $PORT, all else is BullMQ's default. Its scripts build the names of their keys.
const {FlowProducer, Queue, QueueEvents, Worker} = require('bullmq');

const connection = {host: '127.0.0.1', port: Number(process.env.PORT), maxRetriesPerRequest: null};
const PATIENCE_MS = 60000;

async function main() {
  const queue = new Queue('mail', {connection});
  const events = new QueueEvents('mail', {connection});
  await events.waitUntilReady();
  const runs = {};
  const work = async job => {
    runs[job.id] = (runs[job.id] || 0) + 1;
    if (job.name === 'flaky' && runs[job.id] < 3) throw new Error('not yet');
    return job.data.n * 2;
  };
  const workers = [1, 2, 3].map(() => new Worker('mail', work, {connection, concurrency: 5}));
  const numbers = (count, make) => Promise.all(Array.from({length: count}, (_, n) => make(n)));
  const jobs = await queue.addBulk(Array.from({length: 300}, (_, n) => ({name: 'add', data: {n}})));
  const delayed = await numbers(20, n => queue.add('add', {n}, {delay: 500}));
  const flaky = await numbers(20, n => queue.add('flaky', {n}, {attempts: 4, backoff: {type: 'fixed', delay: 100}}));
  const urgent = await numbers(20, n => queue.add('add', {n}, {priority: 1 + n % 3}));
  const all = [...jobs, ...delayed, ...flaky, ...urgent];
  const results = await Promise.all(all.map(job => job.waitUntilFinished(events, PATIENCE_MS)));
  console.log('results', all.every((job, at) => results[at] === job.data.n * 2));
  console.log('each once', all.every(job => runs[job.id] === (job.name === 'flaky' ? 3 : 1)));

  const flow = new FlowProducer({connection});
  const children = [1, 2].map(n => ({name: 'add', queueName: 'mail', data: {n}}));
  const tree = await flow.add({name: 'parent', queueName: 'mail', data: {n: 7}, children});
  console.log('flow', await tree.job.waitUntilFinished(events, PATIENCE_MS), Object.values(await tree.job.getChildrenValues()).sort());

  await queue.upsertJobScheduler('tick', {every: 100}, {name: 'add', data: {n: 5}});
  while (Object.keys(runs).filter(id => id.startsWith('repeat')).length < 3) await new Promise(done => setTimeout(done, 50));
  await queue.removeJobScheduler('tick');
  const counts = await queue.getJobCounts();
  console.log('left', counts.active, counts.waiting, counts.delayed, counts.failed);

  await Promise.all(workers.map(worker => worker.close()));
  await queue.obliterate({force: true});
  for (const each of [flow, events, queue]) await each.close();
  console.log('end');
}

main().then(() => process.exit(0), error => {
  console.error(String(error).slice(0, 500));
  process.exit(1);
});
