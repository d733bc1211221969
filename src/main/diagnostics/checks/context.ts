import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { ok, skipped, warning, type Check, type DiagnosticsContext } from '../check'

const name = 'berth'
const configSchema = z.object({ currentContext: z.string().optional() })

/** Whether the host's docker CLI finds the machine. */
export const context: Check = {
  id: 'context',
  async run({ env, settings }) {
    // It goes before every context, and may name a password.
    if (env.DOCKER_HOST) return warning('context.overridden', { value: withoutUser(env.DOCKER_HOST) })
    if (!settings().docker.context) return skipped('context.off', {}, { fix: 'open-settings' })
    const folder = configFolder(env)
    if (!(await hasContext(folder))) return warning('context.missing', { folder }, { fix: 'create-context' })
    const current = env.DOCKER_CONTEXT ?? (await currentContext(folder))
    if (current === name) return ok('context.current')
    return ok('context.present', { current }, { fix: 'use-context' })
  },
}

function configFolder(env: DiagnosticsContext['env']): string {
  return env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), '.docker')
}

/** The CLI keeps each context in a folder named by the SHA-256 of its name (github.com/docker/cli cli/context/store). */
async function hasContext(folder: string): Promise<boolean> {
  const id = createHash('sha256').update(name).digest('hex')
  return stat(join(folder, 'contexts', 'meta', id, 'meta.json')).then(
    () => true,
    () => false,
  )
}

/** A config that is not there, or broken, means the CLI's default. */
async function currentContext(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch(() => '{}')
  try {
    return configSchema.parse(JSON.parse(text)).currentContext ?? 'default'
  } catch {
    return 'default'
  }
}

function withoutUser(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//')
}
