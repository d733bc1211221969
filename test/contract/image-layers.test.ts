import { describe, expect, it } from 'vitest'
import { carriers } from '../support/carriers'
import { connectedOver } from '../support/contract-host'

const image = `sha256:${'a'.repeat(64)}`
const invalid = { data: { code: 'input.invalid' } }

describe.each(carriers)('the layers of images over $name', { timeout: 30_000 }, (carrier) => {
  const test = connectedOver(carrier)

  it('takes ids of images, numbers of layers and encoded paths only', async () => {
    const { imageLayers } = test.client
    await imageLayers.folder({ image, layer: 2, path: '/a%20b', from: 500 })
    expect(test.services.calls).toEqual(['imageLayers.folder /a%20b 2'])
    for (const path of ['etc', '/a b', '/$(x)', '/a;b', '/%00', '/a//b'])
      await expect(imageLayers.folder({ image, layer: null, path, from: 0 }), path).rejects.toMatchObject(
        invalid,
      )
    for (const part of [{ layer: 0 }, { layer: 1.5 }, { from: -1 }, { image: 'busybox' }, { image: '; x' }])
      await expect(
        imageLayers.folder({ image, layer: null, path: '/', from: 0, ...part }),
        JSON.stringify(part),
      ).rejects.toMatchObject(invalid)
    expect(test.services.calls).toHaveLength(1)
  })

  it('searches for a text that can be a part of a path', async () => {
    const { imageLayers } = test.client
    for (const text of ['', 'a\0b', 'x'.repeat(256)])
      await expect(imageLayers.find({ image, text }).then((events) => events.next())).rejects.toMatchObject(
        invalid,
      )
    await expect(
      imageLayers.compare({ image, other: 'latest' }).then((events) => events.next()),
    ).rejects.toMatchObject(invalid)
  })
})
