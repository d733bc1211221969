// npm run vm:release [-- --arch x86_64|arm64]: compresses the guest image into the files that a release offers for
// download (src/main/guest-image/guest-download.ts), in release/guest/.
import { copyFileSync, createReadStream, createWriteStream, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { constants, createBrotliCompress } from 'node:zlib'
import { guestCache, recipeHash } from './lib/guest-image.mjs'
import { must, repository } from './lib/step.mjs'

const { values } = parseArgs({ options: { arch: { type: 'string' } } })
const arch = values.arch ?? (process.arch === 'arm64' ? 'arm64' : 'x86_64')
await must(process.execPath, ['scripts/vm-build.mjs', '--arch', arch])

const image = join(guestCache(), `${arch}-${recipeHash()}`)
const release = join(repository, 'release', 'guest')
mkdirSync(release, { recursive: true })
const { files } = JSON.parse(readFileSync(join(image, 'manifest.json'), 'utf8'))
copyFileSync(join(image, 'manifest.json'), join(release, `guest-${arch}-manifest.json`))
await Promise.all(Object.keys(files).map(compress))

/** Quality 5 takes half a minute for the root; 11 takes most of an hour. */
async function compress(name) {
  const from = join(image, name)
  const to = join(release, `guest-${arch}-${name}.br`)
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 5,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: statSync(from).size,
  }
  await pipeline(createReadStream(from), createBrotliCompress({ params }), createWriteStream(to))
  console.log(`${(statSync(to).size / 1e6).toFixed(1).padStart(6)} MB  ${to}`)
}
