import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Runs the host's own Docker CLI with Berth's docker socket, to verify results independently. */
export async function dockerCli(home: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', args, {
    env: { ...process.env, DOCKER_HOST: `unix://${join(home, 'run', 'docker.sock')}` },
    timeout: 120_000,
  })
  return stdout.trim()
}
