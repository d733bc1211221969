import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a step and prints its name, duration and success. Returns the result of `work`: `false` means failure. */
export async function step(name, work) {
  const begin = performance.now()
  process.stdout.write(`▸ ${name}\n`)
  const result = await work()
  const mark = result === false ? '✗' : '✓'
  process.stdout.write(`${mark} ${name} (${((performance.now() - begin) / 1000).toFixed(1)} s)\n`)
  return result
}

/** Runs a program in the repository with its output on the terminal. Resolves with its exit code. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: repository, stdio: 'inherit', ...options })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      resolve(signal === null ? code : 1)
    })
  })
}

/** Like `run`, but an exit code other than 0 ends this process with that code. */
export async function must(program, args, options = {}) {
  const code = await run(program, args, options)
  if (code !== 0) fail(`${program} ${args.join(' ')} ended with code ${code}`, code)
}

/** Prints an error and ends this process. */
export function fail(message, code = 1) {
  process.stderr.write(`✗ ${message}\n`)
  process.exit(code)
}
