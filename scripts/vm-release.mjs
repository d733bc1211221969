/**
 * `npm run vm:release [-- --arch x86_64|arm64] [--output FOLDER] [--quality 0…11]`: compresses the guest image into
 * release/guest/ or FOLDER. A release offers these files for download (src/main/guest-image/download.ts).
 */
import { copyFileSync, createReadStream, createWriteStream, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { constants, createBrotliCompress } from 'node:zlib'
import { guestConstants, imageFolder, manifestFile, wantedArch } from './lib/guest-image.mjs'
import { must, repository } from './lib/step.mjs'

const arch = wantedArch()
await must(process.execPath, ['scripts/vm-build.mjs', '--arch', arch])

const image = imageFolder(arch)
/** The compression of the root image takes half a minute with quality 5, and almost an hour with quality 11. */
const { values } = parseArgs({
  options: {
    arch: { type: 'string' },
    output: { type: 'string', default: 'release/guest' },
    quality: { type: 'string', default: '5' },
  },
})
const folder = resolve(repository, values.output)
mkdirSync(folder, { recursive: true })
const { files } = JSON.parse(readFileSync(manifestFile(image), 'utf8'))
copyFileSync(manifestFile(image), released(guestConstants.imageFile.manifest))
await Promise.all(Object.keys(files).map(compress))

/** The path of a file in the release. */
function released(name) {
  return join(folder, `${guestConstants.release.prefix}-${arch}-${name}`)
}

async function compress(name) {
  const from = join(image, name)
  const to = released(`${name}${guestConstants.release.compressedSuffix}`)
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: Number(values.quality),
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: statSync(from).size,
  }
  await pipeline(createReadStream(from), createBrotliCompress({ params }), createWriteStream(to))
  process.stdout.write(`${(statSync(to).size / 1e6).toFixed(1).padStart(6)} MB  ${to}\n`)
}
