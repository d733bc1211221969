import { EventEmitter } from 'node:events'
import type { ClientChannel } from 'ssh2'
import { expect, it } from 'vitest'
import { runCommand } from '../../../../src/main/ssh/run-command'

class Channel extends EventEmitter {
  readonly stderr = new EventEmitter()
  end(): void {
    // Takes no input.
  }
}

it('a command whose output cannot become a text fails, instead of staying pending', async () => {
  const channel = new Channel()
  const call = runCommand(channel as unknown as ClientChannel, {})
  // Like an output that is longer than the longest string.
  channel.emit('data', { length: 1 })
  channel.emit('exit', 0)
  channel.emit('close')
  await expect(call).rejects.toThrow(TypeError)
})
