/** `npm run vm:build [-- --arch x86_64|arm64]`: builds the guest image from vm-assets/, unless the image exists. */
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
import { ensureAptPackages } from './lib/apt.mjs'
import {
  assets,
  guestCache,
  guestConstants,
  hostArch,
  imageFolder,
  isGuestImage,
  manifestFile,
  recipeHash,
  wantedArch,
} from './lib/guest-image.mjs'
import { fail } from './lib/step.mjs'

const arch = wantedArch()
const recipe = recipeHash()
const image = imageFolder(arch)
if (isGuestImage(image)) {
  // Berth boots the guest image with the newest manifest. So the manifest of this source tree's image gets the current
  // time.
  utimesSync(manifestFile(image), new Date(), new Date())
  process.stdout.write(`The guest image is up to date: ${image}\n`)
  process.exit(0)
}
if (process.platform !== 'linux')
  fail(
    'The guest image can be built on Debian Linux only. On other systems, Berth uses a released guest image.',
  )

ensureAptPackages(
  [
    ...['mmdebstrap', 'debian-archive-keyring', 'squashfs-tools', 'binutils', 'cpio', 'kmod'],
    ...['make', 'xz-utils', 'zstd'],
    ...compilerPackages(),
  ],
  'to build the guest image',
)

mkdirSync(guestCache(), { recursive: true })
const temporary = mkdtempSync(join(guestCache(), '.building-'))
chmodSync(temporary, 0o755)
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const started = Date.now()
process.stdout.write(`Building the guest image for ${arch} (recipe ${recipe})\n`)
await build()
await writeManifest()
try {
  renameSync(temporary, image)
} catch (error) {
  // Another process may have built the same recipe at the same time. Then use the image of that process.
  if (!isGuestImage(image)) throw error
}
process.stdout.write(`The guest image is ready: ${image}\n`)

/** Runs vm-assets/build.sh. Shows when each of its steps starts, and writes all its output to a log. */
async function build() {
  const log = join(temporary, 'build.log')
  const output = createWriteStream(log)
  const child = spawn(join(assets, 'build.sh'), [arch, temporary], {
    env: { ...process.env, NODE: process.execPath },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(execFileSync(fileURLToPath(new URL('lib/debian-sources.sh', import.meta.url)), ['--guest']))
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.write(`${line}\n`)
      if (line.startsWith('== ')) process.stdout.write(`${elapsed()}  ${line.slice(3)}\n`)
    })
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  await new Promise((resolve) => output.end(resolve))
  if (code !== 0) {
    const end = readFileSync(log, 'utf8').split('\n').slice(-25).join('\n')
    fail(`The build failed. The end of its log:\n${end}`)
  }
  rmSync(log)
}

async function writeManifest() {
  const { kernel, unpackedKernel, initrd, root } = guestConstants.imageFile
  const files = {}
  for (const name of [kernel, unpackedKernel, initrd, root]) {
    const path = join(temporary, name)
    if (existsSync(path)) files[name] = { bytes: statSync(path).size, sha256: await sha256(path) }
  }
  const { manifestFormat: format, dataFormat } = guestConstants
  const manifest = { format, arch, recipe, dataFormat, files }
  writeFileSync(manifestFile(temporary), `${JSON.stringify(manifest, null, 2)}\n`)
  const megabytes = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
  process.stdout.write(`${elapsed()}  ${megabytes.toFixed(0)} MB\n`)
}

/** Returns the packages of a C compiler for the guest's architecture. vm-assets/build.sh compiles C programs. */
function compilerPackages() {
  if (arch === hostArch) return ['gcc', 'libc6-dev']
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
