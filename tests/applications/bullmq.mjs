// BullMQ's ordinary flows, against the server at REDIS_PORT.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.APPLICATIONS}/`);
const { FlowProducer, Queue, QueueEvents, Worker } = require('bullmq');

const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };
const open = [];

function queue(name) {
  const made = new Queue(name, { connection });
  open.push(made);
  return made;
}

function worker(name, work, options = {}) {
  const made = new Worker(name, work, { connection, ...options });
  open.push(made);
  return made;
}

async function until(what, holds) {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `${what}: not within 30 seconds`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function flow(name, run) {
  const start = Date.now();
  await run();
  console.log(`bullmq: ${name} (${Date.now() - start} ms)`);
}

await flow('three hundred jobs, each done once, by four workers', async () => {
  const jobs = queue('many');
  const seen = new Map();
  for (let number = 0; number < 4; number += 1) {
    worker('many', async (job) => {
      seen.set(job.data.number, (seen.get(job.data.number) ?? 0) + 1);
      return job.data.number * 2;
    }, { concurrency: 5 });
  }
  const data = Array.from({ length: 300 }, (_, number) => ({ name: 'job', data: { number } }));
  const added = await jobs.addBulk(data);
  await until('all are done', async () => (await jobs.getCompletedCount()) === 300);
  assert.equal(seen.size, 300);
  assert.ok([...seen.values()].every((times) => times === 1));
  assert.equal((await jobs.getJob(added[7].id)).returnvalue, 14);
  assert.deepEqual(await jobs.getJobCounts('active', 'wait', 'failed'), { active: 0, wait: 0, failed: 0 });
});

await flow('delayed jobs wait as long as they are to', async () => {
  const jobs = queue('delayed');
  const late = [];
  const begun = Date.now();
  worker('delayed', async (job) => late.push([job.name, Date.now() - begun]));
  await jobs.add('late', {}, { delay: 800 });
  await jobs.add('early', {}, { delay: 300 });
  assert.equal(await jobs.getDelayedCount(), 2);
  await until('both are done', async () => late.length === 2);
  assert.deepEqual(late.map(([name]) => name), ['early', 'late']);
  assert.ok(late[0][1] >= 295 && late[1][1] >= 795, JSON.stringify(late));
});

await flow('failed jobs are tried again, and given up', async () => {
  const jobs = queue('retried');
  const tries = { flaky: 0, hopeless: 0 };
  worker('retried', async (job) => {
    tries[job.name] += 1;
    if (job.name === 'hopeless' || tries.flaky < 3) throw new Error(`try ${tries[job.name]}`);
    return 'at last';
  });
  const options = { attempts: 3, backoff: { type: 'exponential', delay: 50 } };
  const flaky = await jobs.add('flaky', {}, options);
  const hopeless = await jobs.add('hopeless', {}, options);
  await until('both have ended', async () => (await jobs.getFailedCount()) + (await jobs.getCompletedCount()) === 2);
  assert.deepEqual(tries, { flaky: 3, hopeless: 3 });
  assert.equal(await flaky.getState(), 'completed');
  assert.equal(await hopeless.getState(), 'failed');
  assert.equal((await jobs.getJob(hopeless.id)).failedReason, 'try 3');
});

await flow('jobs run by priority', async () => {
  const jobs = queue('urgent');
  await jobs.pause();
  for (const priority of [5, 1, 3, 2, 4]) await jobs.add('job', { priority }, { priority });
  const order = [];
  worker('urgent', async (job) => order.push(job.data.priority));
  await jobs.resume();
  await until('all are done', async () => order.length === 5);
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
});

await flow('jobs repeat until they are told not to', async () => {
  const jobs = queue('repeated');
  let runs = 0;
  worker('repeated', async () => { runs += 1; });
  await jobs.upsertJobScheduler('often', { every: 100 }, { name: 'tick' });
  await until('it has run five times', async () => runs >= 5);
  assert.equal((await jobs.getJobSchedulers()).length, 1);
  assert.equal(await jobs.removeJobScheduler('often'), true);
  assert.equal((await jobs.getJobSchedulers()).length, 0);
});

await flow('parents run behind their children', async () => {
  const flows = new FlowProducer({ connection });
  open.push(flows);
  const parents = queue('parents');
  worker('children', async (job) => job.data.value);
  worker('parents', async (job) => Object.values(await job.getChildrenValues()).reduce((sum, value) => sum + value, 0));
  const children = [1, 2, 3].map((value) => ({ name: 'child', queueName: 'children', data: { value } }));
  const tree = await flows.add({ name: 'sum', queueName: 'parents', children });
  await until('the parent is done', async () => (await tree.job.getState()) === 'completed');
  assert.equal((await parents.getJob(tree.job.id)).returnvalue, 6);
});

await flow('events tell what becomes of jobs', async () => {
  const jobs = queue('watched');
  const events = new QueueEvents('watched', { connection });
  open.push(events);
  await events.waitUntilReady();
  worker('watched', async (job) => {
    await job.updateProgress(50);
    return job.data.word;
  });
  const progress = new Promise((resolve) => events.once('progress', ({ data }) => resolve(data)));
  const job = await jobs.add('job', { word: 'done' });
  assert.equal(await job.waitUntilFinished(events, 20_000), 'done');
  assert.equal(await progress, 50);
});

await flow('a rate is kept, and finished jobs are cleaned', async () => {
  const jobs = queue('limited');
  const begun = Date.now();
  worker('limited', async () => {}, { limiter: { max: 5, duration: 300 } });
  await jobs.addBulk(Array.from({ length: 15 }, () => ({ name: 'job', data: {} })));
  await until('all are done', async () => (await jobs.getCompletedCount()) === 15);
  assert.ok(Date.now() - begun >= 590, `${Date.now() - begun} ms`);
  assert.equal((await jobs.clean(0, 100, 'completed')).length, 15);
  await jobs.obliterate({ force: true });
});

await Promise.all(open.map((each) => each.close()));
