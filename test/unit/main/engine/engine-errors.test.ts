import { describe, expect, it } from 'vitest'
import { EngineResponseError } from '../../../../src/main/engine/client'
import {
  engineError,
  importError,
  registryError,
  type ErrorSubject,
} from '../../../../src/main/engine/engine-errors'
import { BerthError, type BerthErrorData } from '../../../../src/shared/errors'

function typed(status: number, message: string, subject: ErrorSubject = {}): BerthErrorData {
  const error = engineError(new EngineResponseError(status, message), subject)
  if (!(error instanceof BerthError)) throw error
  return error.toData()
}

describe('engineError', () => {
  it.each([
    [
      409,
      'Conflict. The container name "/web" is already in use by container "4f1c". You have to remove (or rename) that container to be able to reuse that name.',
      'container.name-taken',
      { name: 'web' },
    ],
    [404, 'No such container: nobody', 'container.not-found', { container: 'nobody' }],
    [404, 'No such image: busybox:none', 'image.not-found', { image: 'busybox:none' }],
    [400, 'no command specified', 'container.no-command', {}],
    [
      409,
      'container 4f1c is paused, unpause the container before exec',
      'container.paused',
      { container: '4f1c' },
    ],
    [409, 'Container 4f1c is already paused', 'container.paused', { container: '4f1c' }],
    [
      409,
      'Container 4f1c is restarting, wait until the container is running',
      'container.restarting',
      { container: '4f1c' },
    ],
    [409, 'container 4f1c0d is not running', 'container.not-running', { container: '4f1c0d' }],
    [
      500,
      'driver failed programming external connectivity on endpoint web (9a): Bind for 0.0.0.0:5000 failed: port is already allocated',
      'port.taken',
      { address: '0.0.0.0', port: 5000, protocol: 'tcp', owner: 'another container' },
    ],
    [
      500,
      'failed to set up container networking: driver failed programming external connectivity on endpoint web (9a): failed to bind host port for 0.0.0.0:53:172.17.0.2:53/udp: address already in use',
      'port.taken',
      { address: '0.0.0.0', port: 53, protocol: 'udp', owner: 'the machine itself' },
    ],
    [
      500,
      'failed to set up container networking: driver failed programming external connectivity on endpoint web (9a): failed to bind host port 8001 for [::1]:8000-8010:[fd00::2]:80/tcp: address already in use',
      'port.taken',
      { address: '[::1]', port: 8001, protocol: 'tcp', owner: 'the machine itself' },
    ],
    [
      400,
      'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown',
      'container.start-failed',
      { reason: 'exec: "nope": executable file not found in $PATH' },
    ],
    [
      400,
      'failed to create task for container: runc create failed: unable to start container process: error during container init: exec: "nope": no such file or directory: unknown',
      'container.start-failed',
      { reason: 'exec: "nope": no such file or directory' },
    ],
    [
      400,
      'invalid mount config for type "volume"',
      'engine.error',
      { reason: 'invalid mount config for type "volume"' },
    ],
  ])('%i %s → %s', (status, message, code, params) => {
    expect(typed(status, message)).toEqual({ code, params, detail: message })
  })

  it('names the object as the call names it, even if the engine’s message has another name or none', () => {
    expect(typed(404, 'get data: no such volume', { volume: 'data' })).toMatchObject({
      code: 'volume.not-found',
      params: { volume: 'data' },
    })
    expect(typed(404, 'No such container: 4f1c', { container: 'web' }).params).toEqual({ container: 'web' })
    const paused = 'cannot start a paused container, try unpause instead'
    expect(typed(409, paused, { container: 'web' })).toMatchObject({
      code: 'container.paused',
      params: { container: 'web' },
    })
  })

  it('returns an error unchanged if the error is not an answer of the engine', () => {
    const lost = new BerthError('machine.connection-lost')
    expect(engineError(lost)).toBe(lost)
  })
})

describe('registryError', () => {
  it.each([
    [
      "pull access denied for nobody/nothing, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      'registry.denied',
    ],
    ['Head "http://10.0.2.2:5001/v2/private/manifests/latest": no basic auth credentials', 'registry.denied'],
    ['unauthorized: authentication required', 'registry.denied'],
    [
      'manifest for 10.0.2.2:5001/app:none not found: manifest unknown: manifest unknown',
      'registry.no-such-image',
    ],
    ['name unknown: repository name not known to registry', 'registry.no-such-image'],
    ['no matching manifest for linux/amd64 in the manifest list entries', 'registry.no-such-image'],
    ['Get "http://10.0.2.2:1/v2/": dial tcp 10.0.2.2:1: connect: connection refused', 'registry.unreachable'],
    [
      'Get "http://10.0.2.2:40161/v2/": dial tcp 10.0.2.2:40161: connect: connection refused',
      'registry.unreachable',
    ],
    [
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
      'registry.unreachable',
    ],
    [
      'Get "https://10.0.2.2:5001/v2/": http: server gave HTTP response to HTTPS client',
      'registry.unreachable',
    ],
    [
      'Get "https://10.0.2.2:5001/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'registry.untrusted',
    ],
    ['Get "https://example.org/v2/": context deadline exceeded', 'registry.unreachable'],
    ['failed to register layer: no space left on device', 'disk.full'],
    ['failed to register layer: it is a Tuesday', 'engine.error'],
  ])('%s → %s', (message, code) => {
    expect(registryError(message, 'app:1').toData()).toMatchObject({ code, detail: message })
  })
})

describe('a full disk', () => {
  it.each([
    'mkdir /var/lib/docker/overlay2/x: no space left on device',
    'failed to create task for container: failed to create shim task: write /run/x: No space left on device: unknown',
  ])('is reported as a full disk, no matter which operation failed: %s', (message) => {
    expect(engineError(new EngineResponseError(500, message))).toMatchObject({ code: 'disk.full' })
    expect(importError(message)).toMatchObject({ code: 'disk.full', detail: message })
  })

  it('is not reported for a broken archive', () => {
    expect(importError('archive/tar: invalid tar header')).toMatchObject({ code: 'image.archive-invalid' })
  })
})
