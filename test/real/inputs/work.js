// Node: buffers of many sizes, worker threads, crypto and zlib on the thread pool, JSON, streams.
'use strict';
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const { execFileSync } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const util = require('util');
const zlib = require('zlib');

const digest = (value) => crypto.createHash('sha256').update(value).digest('hex').slice(0, 24);

function churn(seed) {
  const kept = new Array(97).fill(Buffer.alloc(0));
  const hash = crypto.createHash('sha256');
  let state = seed;
  for (let step = 0; step < 6000; step++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const slot = state % 97;
    hash.update(kept[slot]);
    kept[slot] = Buffer.alloc((state >> 8) % (step % 50 ? 4000 : 200000), seed & 255);
  }
  return hash.digest('hex').slice(0, 24);
}

async function main() {
  const text = fs.readFileSync(`${process.env.GEN}/text.txt`);
  const rows = JSON.parse(fs.readFileSync(`${process.env.GEN}/records.json`, 'utf8'));
  console.log('json', digest(JSON.stringify(rows)));
  console.log('regex', digest(text.toString().replace(/(\w+)(ka|ro)\b/g, '$2$1')));
  console.log('churn', churn(5));
  const made = await Promise.all([1, 2, 3, 4].map((seed) => new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: seed });
    worker.on('message', resolve);
    worker.on('error', reject);
  })));
  console.log('workers', made.join(' '));
  const packed = await Promise.all([1, 3, 6, 9].map((level) =>
    util.promisify(zlib.deflate)(text, { level })));
  console.log('deflate', packed.map(digest).join(' '));
  const back = await Promise.all(packed.map((data) => util.promisify(zlib.inflate)(data)));
  console.log('inflate', back.every((data) => data.equals(text)));
  console.log('brotli', digest(zlib.brotliCompressSync(text.subarray(0, 200000), {
    params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } })));
  const keys = await Promise.all([1, 2, 3, 4, 5, 6].map((n) =>
    util.promisify(crypto.pbkdf2)('password', `salt${n}`, 2000, 64, 'sha512')));
  console.log('pbkdf2', keys.map(digest).join(' '));
  const cipher = crypto.createCipheriv('aes-256-gcm', Buffer.alloc(32, 7), Buffer.alloc(12, 9));
  const sealed = [cipher.update(text), cipher.final(), cipher.getAuthTag()];
  console.log('aes', digest(Buffer.concat(sealed)));
  const child = execFileSync(process.execPath, ['-p', '"x".repeat(1000).length']);
  console.log('child', child.toString().trim());
  const shared = new SharedArrayBuffer(1 << 20);
  console.log('shared', new Int32Array(shared).fill(3).reduce((a, b) => a + b, 0));
}

if (isMainThread) main();
else parentPort.postMessage(churn(workerData * 77));
