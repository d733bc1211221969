import { describe, expect, it } from 'vitest'
import type { ServiceView } from '../../../../src/renderer/lib/compose'
import {
  layoutServices,
  nodeHeight,
  relatedServices,
  serviceEdges,
} from '../../../../src/renderer/lib/service-graph'

function service(name: string, ...waitsFor: string[]): ServiceView {
  const dependsOn = waitsFor.map((other) => ({ service: other, condition: 'service_started' as const }))
  return { name, described: undefined, containers: [], image: '', dependsOn, orphan: false }
}
const shop = [
  service('cache'),
  service('db'),
  service('web', 'api', 'cache'),
  service('api', 'db'),
  service('lone'),
]

describe('layoutServices', () => {
  it('puts a service to the right of everything that it waits for', () => {
    const { nodes, edges } = layoutServices(shop, 1000)
    const place = new Map(nodes.map(({ node, x }) => [node.id, x]))
    expect(nodes).toHaveLength(shop.length)
    for (const { from, to } of edges) expect(place.get(from)).toBeGreaterThan(place.get(to) ?? Infinity)
    for (const name of ['cache', 'db', 'lone']) expect(place.get(name)).toBe(0)
  })

  it('never lets two services overlap, also in a narrow page', () => {
    for (const width of [260, 1000]) {
      const { nodes, nodeWidth, height, width: needed } = layoutServices(shop, width)
      for (const [index, one] of nodes.entries()) {
        expect(one.x + nodeWidth).toBeLessThanOrEqual(needed)
        expect(one.y + nodeHeight / 2).toBeLessThanOrEqual(height)
        for (const other of nodes.slice(index + 1))
          expect(one.x !== other.x || Math.abs(one.y - other.y) >= nodeHeight).toBe(true)
      }
    }
  })

  it('draws services that wait for each other, which only labels can say', () => {
    const { nodes, edges } = layoutServices([service('a', 'b'), service('b', 'a'), service('c', 'c')], 500)
    expect(nodes.map(({ node }) => node.id).sort()).toEqual(['a', 'b', 'c'])
    expect(edges).toHaveLength(2)
  })
})

describe('serviceEdges', () => {
  it('leaves out services that do not exist', () => {
    expect(serviceEdges([service('a', 'gone')])).toEqual([])
  })
})

describe('relatedServices', () => {
  it('follows both directions, but no brothers', () => {
    const edges = serviceEdges(shop)
    expect([...relatedServices(edges, 'api')].sort()).toEqual(['api', 'db', 'web'])
    expect([...relatedServices(edges, 'cache')].sort()).toEqual(['cache', 'web'])
  })
})
