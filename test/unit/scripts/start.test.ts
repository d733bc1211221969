import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** A repository with the real scripts, and with stand-ins for the slow builds and for the app. */
let repository: string
const lock = '{}'
const builder = `import { fileURLToPath } from 'node:url'
let held
export async function buildAll() {
  held = Buffer.alloc(300e6, 1)
}
if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll()
`
const app = `process.stdout.write('listening\\n')
process.stdin.once('data', () => process.exit(7))
`

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), 'berth-start-'))
  await cp('scripts', join(repository, 'scripts'), { recursive: true })
  const installed = createHash('sha256').update(lock).update(process.version).digest('hex')
  const files = {
    'package-lock.json': lock,
    'package.json': '{ "type": "module" }',
    'node_modules/.berth-installed': installed,
    'scripts/build.mjs': builder,
    'scripts/vm-build.mjs': '',
    'dist/headless/main.js': app,
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(repository, name)), { recursive: true })
    await writeFile(join(repository, name), content)
  }
})
afterAll(() => rm(repository, { recursive: true }))

it.runIf(process.platform === 'linux')(
  'npm start frees the memory of its builder before the app runs',
  async () => {
    const child = execa(process.execPath, [join(repository, 'scripts/start.mjs'), '--headless'], {
      reject: false,
      buffer: false,
    })
    const lines = createInterface({ input: child.stdout })
    for (;;) if (String(await once(lines, 'line')) === 'listening') break
    const status = await readFile(`/proc/${String(child.pid)}/status`, 'utf8')
    const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])
    child.stdin.write('end\n')
    // This is the app's own exit code.
    expect((await child).exitCode).toBe(7)
    expect(kibibytes).toBeLessThan(150_000)
  },
)
