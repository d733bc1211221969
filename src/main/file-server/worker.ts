/**
 * The thread that serves files to the machine. It calls the file system synchronously: nothing is faster, and
 * nothing can come between a check and what it allows. The app's own thread is never held up by it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { GuestLink } from './guest-link'
import { toWorkerSchema, workerDataSchema, type FromWorker, type ToWorker } from './worker-messages'

const port = parentPort
if (!port) throw new Error('this runs in a worker thread')

const send = (message: FromWorker) => {
  port.postMessage(message)
}

const link = new GuestLink({
  platform: process.platform,
  ownFolder: workerDataSchema.parse(workerData).ownFolder,
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
      link.setShares(message.shares)
      return
    case 'forget':
      link.forgetShare(message.shareId)
      return
    case 'confirm':
      link.confirm(message.port)
      return
    case 'release':
      link.release()
      return
    case 'hang-up':
      link.hangUp()
      return
    default:
      void answer(message)
  }
})

type Asked = Extract<ToWorker, { request: number }>

async function answer(message: Asked): Promise<void> {
  const { request } = message
  try {
    send({ type: 'answer', request, value: await outcome(message) })
  } catch (error) {
    send({ type: 'failure', request, reason: error instanceof Error ? error.message : String(error) })
  }
}

function outcome(message: Asked): unknown {
  switch (message.type) {
    case 'listen':
      return link.listen()
    case 'quiesce':
      return link.quiesce()
    case 'snapshot':
      return link.snapshot()
    case 'restore':
      link.restore(message.snapshot)
      return undefined
  }
}
