// /ws of a host, read by an independent client: ws as npm has it, or else Debian's node-ws.
//
// live_ws.js PITWALL WORKFLOW [INSTALLED]: exit code 77 where the library is missing. INSTALLED: the
// directory that has npm's in its node_modules.
'use strict';

const { spawn, execFileSync } = require('child_process');
const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const readline = require('readline');

const [pitwall, workflow, installed] = process.argv.slice(2);

function library() {
  const places = ['ws', '/usr/share/nodejs/ws'];
  if (installed) places.unshift(path.resolve(installed, 'node_modules', 'ws'));
  for (const name of places) {
    try {
      const found = require(name);
      console.log(`ws ${require(path.join(name, 'package.json')).version} of ${name}`);
      return found;
    } catch (missing) {
      // Tried at the next place.
    }
  }
  console.log("skipped: neither npm's ws (./dev test installs it, where there is a registry) nor");
  console.log("Debian's node-ws is installed");
  process.exit(77);
}

const WebSocket = library();
const patience = 20000;

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within the deadline: ${what}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

class Client {
  constructor(url, options) {
    this.frames = [];
    this.waiting = [];
    this.socket = new WebSocket(url, options);
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve);
      this.socket.on('error', reject);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on('message', (bytes, binary) => {
      assert.strictEqual(binary, false);
      const frame = JSON.parse(bytes.toString());
      if (this.waiting.length > 0) this.waiting.shift()(frame);
      else this.frames.push(frame);
    });
  }
  hear() {
    if (this.frames.length > 0) return Promise.resolve(this.frames.shift());
    return within(new Promise((resolve) => this.waiting.push(resolve)), 'a frame');
  }
  say(what) {
    this.socket.send(JSON.stringify(what));
  }
  async answer(what) {
    this.say(what);
    return this.hear();
  }
  end() {
    return within(this.closed, 'the end');
  }
}

class Host {
  constructor() {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pitwall-ws-'));
    this.data = path.join(this.directory, 'data');
  }
  token(name, scopes) {
    return execFileSync(pitwall, ['token', 'create', '--name', name, '--scopes', scopes,
      '--data-dir', this.data], { encoding: 'utf8' }).trim();
  }
  async start() {
    this.process = spawn(pitwall, ['serve', workflow, '--data-dir', this.data, '--port', '0',
      '--limit', 'daily_loss_limit=none'], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.exited = new Promise((resolve) => this.process.on('exit', resolve));
    const lines = readline.createInterface({ input: this.process.stdout });
    await within(new Promise((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith('deployed ')) this.workflow = line.split(' ')[1].replace(':', '');
        if (line.startsWith('listening ')) this.port = Number(line.split(':').pop());
        if (line.startsWith('ready:')) resolve();
      });
    }), 'the host');
    this.url = `ws://127.0.0.1:${this.port}/ws`;
  }
  async ask(method, target) {
    const answer = await fetch(`http://127.0.0.1:${this.port}${target}`,
      { method, headers: { Authorization: `Bearer ${this.all}` } });
    assert.ok(answer.ok, `${target}: ${answer.status}`);
    return answer.json();
  }
  run() {
    return this.ask('POST', `/api/v1/workflows/${this.workflow}/executions?wait=20`);
  }
  async known(url) {
    const client = new Client(url || this.url);
    assert.strictEqual((await client.hear()).op, 'connected');
    assert.strictEqual((await client.answer({ op: 'authenticate', token: this.all })).op, 'authenticated');
    return client;
  }
}

async function authenticates(host) {
  const client = new Client(host.url);
  const hello = await client.hear();
  assert.strictEqual(hello.auth_required, true);
  // It offers permessage-deflate; the host declines.
  assert.strictEqual(client.socket.extensions, '');
  const said = await client.answer({ op: 'authenticate', token: host.all, id: 1 });
  assert.deepStrictEqual([said.op, said.id], ['authenticated', 1]);
  assert.deepStrictEqual(said.scopes.sort(), ['control', 'read', 'trade']);

  const stranger = new Client(host.url);
  await stranger.hear();
  stranger.say({ op: 'authenticate', token: `pw_${'x'.repeat(64)}` });
  assert.strictEqual((await stranger.end()).code, 4001);
  const hasty = new Client(host.url);
  await hasty.hear();
  hasty.say({ op: 'subscribe', all: true });
  assert.strictEqual((await hasty.end()).code, 4001);
  const blind = new Client(host.url);
  await blind.hear();
  blind.say({ op: 'authenticate', token: host.blind });
  assert.strictEqual((await blind.end()).code, 4003);
  const foreign = new Client(host.url, { origin: 'https://site.example' });
  await assert.rejects(within(foreign.opened, 'a refusal'), /403/);
}

async function replays(host) {
  for (let i = 0; i < 3; ++i) assert.strictEqual((await host.run()).status, 'completed');
  const page = await host.ask('GET', '/api/v1/events?after=0&limit=1000');
  assert.ok(page.at_end && page.events.length > 20);
  for (const url of [host.url, `ws+unix://${host.data}/control.sock:/ws`]) {
    const client = url === host.url ? await host.known() : new Client(url);
    if (url !== host.url) assert.strictEqual((await client.hear()).auth_required, false);
    assert.strictEqual((await client.answer({ op: 'subscribe', all: true, after: 0 })).op, 'subscribed');
    const seen = [];
    let frame = await client.hear();
    for (; frame.op === 'event'; frame = await client.hear()) seen.push(frame.event);
    assert.strictEqual(frame.op, 'caught_up');
    assert.deepStrictEqual(seen, page.events);
    client.socket.close();
  }
}

async function resumes(host) {
  let last = 0;
  let epoch;
  const seen = [];
  for (let breaks = 0; breaks < 20; ++breaks) {
    if (breaks % 4 === 0) await host.run();
    const client = new Client(host.url);
    const hello = await client.hear();
    epoch = epoch || hello.epoch;
    assert.strictEqual(hello.epoch, epoch);
    await client.answer({ op: 'authenticate', token: host.all });
    assert.strictEqual((await client.answer({ op: 'subscribe', all: true, after: last, epoch })).op, 'subscribed');
    for (let i = 0; i < 7; ++i) {
      const frame = await client.hear();
      if (frame.op !== 'event') break;
      seen.push(frame.event);
      last = frame.event.seq;
    }
    if (breaks % 2 === 0) client.socket.terminate();
    else client.socket.close();
  }
  const page = await host.ask('GET', '/api/v1/events?after=0&limit=1000');
  assert.deepStrictEqual(seen, page.events.slice(0, seen.length));
  assert.ok(seen.length > 60);
}

async function fragments(host) {
  const client = await host.known();
  client.socket.send('{"op":"pi', { fin: false });
  client.socket.ping('between');
  client.socket.send('ng","id":"in ', { fin: false });
  client.socket.send('', { fin: false });
  client.socket.send('parts"}', { fin: true });
  const ponged = within(new Promise((resolve) => client.socket.once('pong', resolve)), 'a pong');
  assert.strictEqual((await ponged).toString(), 'between');
  const pong = await client.hear();
  assert.deepStrictEqual([pong.op, pong.id], ['pong', 'in parts']);
  assert.strictEqual((await client.answer('{')).code !== undefined, true);
  client.socket.close(1000, 'enough');
  assert.strictEqual((await client.end()).code, 1000);
}

async function ends(host) {
  const cases = [
    [1003, (socket) => socket.send(Buffer.from('{"op":"ping"}'))],
    [1007, (socket) => socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false })],
    [1009, (socket) => socket.send(' '.repeat(300000))],
    [3333, (socket) => socket.close(3333, 'ours')],
  ];
  for (const [code, act] of cases) {
    const client = await host.known();
    act(client.socket);
    assert.strictEqual((await client.end()).code, code);
  }
}

async function goes(host) {
  const client = await host.known();
  host.process.kill('SIGTERM');
  assert.strictEqual((await client.end()).code, 1001);
  assert.strictEqual(await within(host.exited, 'the end of the host'), 0);
}

async function main() {
  const host = new Host();
  try {
    host.all = host.token('all', 'read,trade,control');
    host.blind = host.token('blind', 'trade');
    await host.start();
    for (const check of [authenticates, replays, resumes, fragments, ends, goes]) {
      await check(host);
      console.log('passed:', check.name);
    }
  } finally {
    if (host.process && host.process.exitCode === null) host.process.kill('SIGKILL');
    fs.rmSync(host.directory, { recursive: true, force: true });
  }
}

main().then(() => process.exit(0), (failure) => {
  console.error(failure);
  process.exit(1);
});
