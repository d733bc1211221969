/**
 * Entry point of the worker thread that serves the host's files to the machine. The thread calls the file system
 * synchronously. Synchronous calls are the fastest, and no other request can run between the verification of a path and
 * its use. The app's main thread is not blocked, because all these calls happen in the worker thread.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { message as reasonOf } from '../lib'
import { GuestConnection } from './guest-connection'
import { toWorkerSchema, workerDataSchema, type FromWorker, type ToWorker } from './worker-messages'

const port = parentPort
if (!port) throw new Error('the file server runs in a worker thread only')

const send = (message: FromWorker) => {
  port.postMessage(message)
}

const connection = new GuestConnection({
  platform: process.platform,
  ownFolders: workerDataSchema.parse(workerData).ownFolders,
  onMounted: (errno) => {
    send({ type: 'mounted', errno })
  },
  onForeignOwner: (path, { id }) => {
    send({ type: 'foreign-owner', path, shareId: id })
  },
  onGone: () => {
    send({ type: 'gone' })
  },
  onClosed: (reason) => {
    send({ type: 'closed', reason })
  },
})

port.on('message', (data: unknown) => {
  const message = toWorkerSchema.parse(data)
  switch (message.type) {
    case 'shares':
      connection.setShares(message.shares)
      return
    case 'forget':
      connection.expireShare(message.shareId)
      return
    case 'confirm':
      connection.confirm(message.port)
      return
    case 'release':
      connection.release()
      return
    default:
      void answer(message)
  }
})

type Question = Extract<ToWorker, { request: number }>

async function answer(message: Question): Promise<void> {
  const { request } = message
  try {
    send({ type: 'answer', request, value: await outcome(message) })
  } catch (error) {
    send({ type: 'failure', request, reason: reasonOf(error) })
  }
}

function outcome(message: Question): unknown {
  switch (message.type) {
    case 'listen':
      return connection.listen()
    case 'quiesce':
      return connection.quiesce()
    case 'snapshot':
      return connection.snapshot()
    case 'socket':
      return connection.server.socketPath(message.node)
    case 'restore':
      connection.restore(message.snapshot)
      return undefined
  }
}
