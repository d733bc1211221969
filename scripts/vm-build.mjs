// npm run vm:build [-- --arch x86_64|arm64]: builds the guest image from vm-assets/, unless it is there already.
import { spawn, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ensureAptPackages } from './lib/apt.mjs'
import { assets, guestCache, recipeHash } from './lib/guest-image.mjs'

const { values } = parseArgs({ options: { arch: { type: 'string' } } })
const arch = values.arch ?? (process.arch === 'arm64' ? 'arm64' : 'x86_64')
if (arch !== 'x86_64' && arch !== 'arm64') fail(`Unknown architecture "${arch}": use x86_64 or arm64.`)

const recipe = recipeHash()
const image = join(guestCache(), `${arch}-${recipe}`)
if (existsSync(join(image, 'manifest.json'))) {
  // Berth boots the image whose manifest is newest: the one this source tree asked for last.
  utimesSync(join(image, 'manifest.json'), new Date(), new Date())
  console.log(`Guest image is up to date: ${image}`)
  process.exit(0)
}
if (process.platform !== 'linux') {
  fail('The guest image can only be built on Debian Linux. Elsewhere Berth uses the one from its releases.')
}

ensureAptPackages(
  [
    ...[
      'mmdebstrap',
      'debian-archive-keyring',
      'squashfs-tools',
      'binutils',
      'cpio',
      'kmod',
      'xz-utils',
      'zstd',
    ],
    ...compiler(),
  ],
  'needed to build the guest image',
)

mkdirSync(guestCache(), { recursive: true })
const temporary = mkdtempSync(join(guestCache(), '.building-'))
chmodSync(temporary, 0o755)
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const started = Date.now()
console.log(`Building the guest image for ${arch} (recipe ${recipe})`)
await build()

const files = {}
for (const name of ['vmlinuz', 'vmlinux', 'initrd.img', 'root.img']) {
  if (!existsSync(join(temporary, name))) continue
  const path = join(temporary, name)
  files[name] = { bytes: statSync(path).size, sha256: await sha256(path) }
}
rmSync(join(temporary, 'build.log'))
writeFileSync(
  join(temporary, 'manifest.json'),
  JSON.stringify({ format: 1, arch, recipe, dataFormat: dataFormat(), files }, null, 2) + '\n',
)
try {
  renameSync(temporary, image)
} catch (error) {
  // Somebody else built the same recipe meanwhile: theirs is as good.
  if (!existsSync(join(image, 'manifest.json'))) throw error
}
const megabytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0) / 1e6
console.log(`Guest image ready, ${megabytes.toFixed(0)} MB: ${image}`)

/** Runs vm-assets/build.sh, shows its steps with the time they start at, and keeps the rest in a log. */
async function build() {
  const log = join(temporary, 'build.log')
  const output = createWriteStream(log)
  const child = spawn(join(assets, 'build.sh'), [arch, temporary], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(execFileSync(fileURLToPath(new URL('lib/debian-sources.sh', import.meta.url))))
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.write(line + '\n')
      if (line.startsWith('== ')) console.log(`${elapsed()}  ${line.slice(3)}`)
    })
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  await new Promise((resolve) => output.end(resolve))
  if (code !== 0) {
    fail(
      `The build failed. The end of its log:\n${readFileSync(log, 'utf8').split('\n').slice(-25).join('\n')}`,
    )
  }
}

/** The newest format of a data disk that the image's scripts understand. */
function dataFormat() {
  return Number(readFileSync(join(assets, 'rootfs', 'etc', 'berth', 'data-format'), 'utf8'))
}

/** The packages of a C compiler for the guest: one program of it is ours. */
function compiler() {
  const native = process.arch === 'arm64' ? 'arm64' : 'x86_64'
  if (arch === native) return ['gcc', 'libc6-dev']
  return arch === 'arm64'
    ? ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross']
    : ['gcc-x86-64-linux-gnu', 'libc6-dev-amd64-cross']
}

function elapsed() {
  return `${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s`
}

async function sha256(path) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
