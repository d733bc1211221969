/**
 * Renders build-resources/*.svg into the icons of the installers, the windows and the tray. When a drawing changes, run
 * this script by hand: `node scripts/packaging/make-icons.mjs`. Commit its output.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { repository } from '../lib/step.mjs'

const folder = join(repository, 'build-resources')

/** An ICO file of PNG pictures, which Windows supports since Vista. */
function ico(pictures) {
  const header = Buffer.alloc(6 + 16 * pictures.length)
  header.writeUInt16LE(1, 2)
  header.writeUInt16LE(pictures.length, 4)
  let offset = header.length
  pictures.forEach(({ size, png }, index) => {
    const entry = 6 + 16 * index
    header.writeUInt8(size === 256 ? 0 : size, entry)
    header.writeUInt8(size === 256 ? 0 : size, entry + 1)
    header.writeUInt16LE(1, entry + 4)
    header.writeUInt16LE(32, entry + 6)
    header.writeUInt32LE(png.length, entry + 8)
    header.writeUInt32LE(offset, entry + 12)
    offset += png.length
  })
  return Buffer.concat([header, ...pictures.map(({ png }) => png)])
}

/** An ICNS file of PNG pictures. Each picture has macOS's type code for its size. */
function icns(pictures) {
  const chunk = (type, data) => {
    const head = Buffer.alloc(8)
    head.write(type, 'latin1')
    head.writeUInt32BE(data.length + 8, 4)
    return Buffer.concat([head, data])
  }
  return chunk('icns', Buffer.concat(pictures.map(({ type, png }) => chunk(type, png))))
}

const browser = await chromium.launch({
  executablePath: process.env.BERTH_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})

async function draw(name, size, colour) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  const svg = readFileSync(join(folder, name), 'utf8')
  const fill = colour === undefined ? '' : `svg { fill: ${colour} }`
  await page.setContent(`<style>html, body { margin: 0 } svg { display: block } ${fill}</style>${svg}`)
  const png = await page.screenshot({ omitBackground: true })
  await page.close()
  return png
}

const write = (name, data) => writeFileSync(join(folder, name), data)
const icon = async (size) => ({ size, png: await draw('icon.svg', size) })

for (const name of ['app', 'icons']) mkdirSync(join(folder, name), { recursive: true })
write('icon.png', (await icon(1024)).png)
write('icon.ico', ico(await Promise.all([16, 24, 32, 48, 64, 128, 256].map(icon))))
const macSizes = {
  icp4: 16,
  icp5: 32,
  ic11: 32,
  ic12: 64,
  ic07: 128,
  ic13: 256,
  ic08: 256,
  ic14: 512,
  ic09: 512,
  ic10: 1024,
}
write(
  'icon.icns',
  icns(
    await Promise.all(
      Object.entries(macSizes).map(async ([type, size]) => ({ type, ...(await icon(size)) })),
    ),
  ),
)
for (const size of [16, 32, 48, 64, 128, 256, 512]) write(`icons/${size}x${size}.png`, (await icon(size)).png)
write('app/window.png', (await icon(256)).png)
write('app/tray.png', (await icon(32)).png)
write('app/tray@2x.png', (await icon(64)).png)
write('app/trayTemplate.png', await draw('tray.svg', 16, 'black'))
write('app/trayTemplate@2x.png', await draw('tray.svg', 32, 'black'))
await browser.close()
