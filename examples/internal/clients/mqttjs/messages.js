// Talks to an open broker with MQTT.js: QoS 0 to 2, a large payload, retained messages, a will. Prints OK, or fails.
// usage: node messages.js URL (3.1.1|5) [CA CERT KEY]
const fs = require('fs')
const assert = require('assert')
const mqtt = require('mqtt')

const [url, version, ca, cert, key] = process.argv.slice(2)
const tls = ca ? { ca: fs.readFileSync(ca), cert: fs.readFileSync(cert), key: fs.readFileSync(key) } : {}
setTimeout(() => { console.log('too slow'); process.exit(1) }, 50000).unref()

// connect returns a client and a function that waits for its next message.
async function connect (name, more) {
  const client = await mqtt.connectAsync(url, {
    clientId: name + '-' + version, protocolVersion: version === '5' ? 5 : 4, reconnectPeriod: 0, ...tls, ...more
  })
  const arrived = []
  const waiting = []
  client.on('message', (topic, payload, packet) => {
    const m = { topic, payload, qos: packet.qos, retain: packet.retain, properties: packet.properties }
    if (waiting.length) waiting.shift()(m); else arrived.push(m)
  })
  const next = () => arrived.length ? Promise.resolve(arrived.shift()) : new Promise(resolve => waiting.push(resolve))
  return { client, next }
}

async function main () {
  const watcher = await connect('watcher')
  const sender = await connect('sender')
  await watcher.client.subscribeAsync('js/#', { qos: 2 })
  for (const qos of [0, 1, 2]) {
    for (let i = 0; i < 50; i++) {
      await sender.client.publishAsync('js/' + qos, 'message ' + i, { qos })
      const m = await watcher.next()
      assert.deepEqual([m.topic, m.payload.toString(), m.qos, m.retain], ['js/' + qos, 'message ' + i, qos, false])
    }
  }
  const big = Buffer.alloc(1 << 20, 'large')
  await sender.client.publishAsync('js/big', big, { qos: 2 })
  assert(big.equals((await watcher.next()).payload), 'large payload')

  await sender.client.publishAsync('js/kept', 'v1', { qos: 1, retain: true })
  await watcher.next()
  const late = await connect('late')
  await late.client.subscribeAsync('js/kept', { qos: 1 })
  const kept = await late.next()
  assert.deepEqual([kept.payload.toString(), kept.retain], ['v1', true])
  await sender.client.publishAsync('js/kept', '', { qos: 1, retain: true })
  await watcher.next()

  if (version === '5') {
    await sender.client.subscribeAsync('answers', { qos: 1 })
    await sender.client.publishAsync('js/ask', 'when?', {
      qos: 1, properties: { responseTopic: 'answers', correlationData: Buffer.from('c1') }
    })
    const asked = (await watcher.next()).properties
    await watcher.client.publishAsync(asked.responseTopic, 'now', { qos: 1, properties: { correlationData: asked.correlationData } })
    const answer = await sender.next()
    assert.deepEqual([answer.payload.toString(), answer.properties.correlationData.toString()], ['now', 'c1'])
  }

  const mortal = await connect('mortal', { will: { topic: 'js/will', payload: Buffer.from('gone'), qos: 1 } })
  mortal.client.stream.destroy() // a network failure
  const will = await watcher.next()
  assert.deepEqual([will.topic, will.payload.toString()], ['js/will', 'gone'])
  for (const c of [watcher, sender, late]) await c.client.endAsync()
  console.log('OK')
}

main().catch(err => { console.log(err); process.exit(1) })
