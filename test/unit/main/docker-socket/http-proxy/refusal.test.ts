import { describe, expect, it } from 'vitest'
import { refusal } from '../../../../../src/main/docker-socket/http-proxy/refusal'
import { BerthError, type ErrorCode } from '../../../../../src/shared/errors'

describe('a refusal', () => {
  it.each<[ErrorCode, number]>([
    ['machine.not-running', 503],
    ['docker.machine-failed', 503],
    ['docker.machine-starting', 503],
    ['engine.unreachable', 503],
    ['machine.connection-lost', 502],
    ['port.privileged', 500],
    ['mounts.not-shared', 400],
    ['docker.body-too-large', 413],
  ])('for %s has the status %i', (code, status) => {
    expect(refusal(new BerthError(code)).status).toBe(status)
  })

  it('names the problem and the next step', () => {
    const { message } = refusal(new BerthError('mounts.network-path', { path: '\\\\nas\\x' }))
    expect(message).toBe(
      '\\\\nas\\x is a network path. Only folders on this computer can be shared with containers. Copy the folder to a drive of this computer.',
    )
  })

  it('for an unexpected error contains the error’s message', () => {
    expect(refusal(new Error('boom'))).toMatchObject({
      status: 500,
      message: expect.stringContaining('boom') as string,
    })
  })

  it('for a taken port uses dockerd’s own wording', () => {
    const params = { address: '127.0.0.1', port: 80, protocol: 'tcp', owner: 'nginx (process 7)' }
    expect(refusal(new BerthError('port.taken', params))).toEqual({
      status: 500,
      message:
        'driver failed programming external connectivity: failed to bind host port 127.0.0.1:80/tcp: address already in use by nginx (process 7)',
    })
  })
})
