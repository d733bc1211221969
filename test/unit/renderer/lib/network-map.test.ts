import { describe, expect, it } from 'vitest'
import {
  layoutNetworks,
  mostContainers,
  networkGraph,
  nodeHeight,
  relatedNodes,
} from '../../../../src/renderer/lib/network-map'
import { nextNode } from '../../../../src/renderer/lib/node-graph'
import type { Container } from '../../../../src/shared/containers'
import { container, endpoint, network } from '../support'

const everything = { query: '', project: '', stopped: false }

function graphOf(containers: Container[], filter: Partial<typeof everything> = {}) {
  const networks = ['front', 'back', 'unused'].map((name) => network({ id: name, name }))
  return networkGraph(
    {
      networks: new Map(networks.map((each) => [each.id, each])),
      containers: new Map(containers.map((each) => [each.id, each])),
      forwards: new Map(),
    },
    { ...everything, ...filter },
  )
}
function member(id: string, networks: string[], change: Partial<Container> = {}): Container {
  return container({ id, name: id, networks, endpoints: networks.map((name) => endpoint(name)), ...change })
}
const binding = { hostIp: '', hostPort: 5000, containerPort: 80, protocol: 'tcp' } as const

describe('networkGraph', () => {
  it('connects ports to containers, and containers to networks; leaves unused networks out', () => {
    const { edges, networks, ports } = graphOf([
      member('web', ['front'], { ports: [binding] }),
      member('api', ['front', 'back']),
    ])
    expect(edges).toEqual([
      { from: 'port:web:0', to: 'container:web' },
      { from: 'container:api', to: 'network:back' },
      { from: 'container:api', to: 'network:front' },
      { from: 'container:web', to: 'network:front' },
    ])
    expect(networks.map(({ network: { name } }) => name)).toEqual(['back', 'front'])
    expect(ports.map(({ address }) => address)).toEqual(['127.0.0.1:5000'])
  })

  it('draws a container in the networks of the container whose network it uses', () => {
    const { edges, containers } = graphOf([
      member('web', ['front']),
      member('sidecar', [], { networkMode: 'container:web' }),
    ])
    expect(edges).toContainEqual({ from: 'container:sidecar', to: 'network:front' })
    expect(containers.find(({ container: { name } }) => name === 'sidecar')?.sharesWith?.name).toBe('web')
  })

  it('filters by state, project and text, and counts what it does not draw', () => {
    const labels = { 'com.docker.compose.project': 'shop' }
    const all = [
      member('web', ['front'], { labels }),
      member('old', ['front'], { labels, state: 'exited' }),
      member('api', ['back']),
    ]
    const names = (filter: Partial<typeof everything>) =>
      graphOf(all, filter).containers.map(({ container: { name } }) => name)
    expect(names({})).toEqual(['api', 'web'])
    expect(names({ project: 'shop', stopped: true })).toEqual(['old', 'web'])
    expect(names({ query: 'back' })).toEqual(['api'])
    const many = Array.from({ length: mostContainers + 3 }, (_, index) =>
      member(`c${String(index)}`, ['front']),
    )
    expect(graphOf(many)).toMatchObject({ left: 3, containers: { length: mostContainers } })
  })
})

describe('layoutNetworks', () => {
  const graph = graphOf([
    member('a', ['back']),
    member('b', ['front']),
    member('c', ['back'], { ports: [binding, { ...binding, hostPort: 5001 }] }),
    member('d', ['front']),
  ])

  it.each([260, 700, 1400])('keeps nodes apart and inside a picture of %i pixels', (width) => {
    const { nodes, nodeWidth, height } = layoutNetworks(graph, width)
    for (const one of nodes) {
      expect(one.x).toBeGreaterThanOrEqual(0)
      expect(one.x + nodeWidth).toBeLessThanOrEqual(width + 1)
      expect(one.y).toBeLessThanOrEqual(height - nodeHeight / 2)
      for (const other of nodes)
        if (other !== one && other.x === one.x)
          expect(Math.abs(other.y - one.y)).toBeGreaterThanOrEqual(nodeHeight)
    }
  })

  it('places the containers of a network side by side', () => {
    const { nodes } = layoutNetworks(graph, 900)
    const column = nodes
      .filter(({ node }) => node.kind === 'container')
      .sort((a, b) => a.y - b.y)
      .map(({ node }) => node.id)
    expect(column).toEqual(['container:a', 'container:c', 'container:b', 'container:d'])
  })
})

describe('moving and relations', () => {
  const graph = graphOf([
    member('web', ['front'], { ports: [binding] }),
    member('api', ['front']),
    member('db', ['back']),
  ])

  it('arrow keys move within a column, and to the nearest node of the next column', () => {
    const { nodes } = layoutNetworks(graph, 900)
    expect(nextNode(nodes, 'container:web', 'ArrowLeft')).toBe('port:web:0')
    expect(nextNode(nodes, 'port:web:0', 'ArrowRight')).toBe('container:web')
    expect(nextNode(nodes, 'container:web', 'ArrowRight')).toBe('network:front')
    expect(nextNode(nodes, 'network:front', 'ArrowRight')).toBeUndefined()
    expect(nextNode(nodes, 'container:web', 'Enter')).toBeUndefined()
  })

  it('a container is related to its ports, its networks and the containers in them', () => {
    expect(relatedNodes(graph.edges, 'container:web')).toEqual(
      new Set(['container:web', 'port:web:0', 'network:front', 'container:api']),
    )
    expect(relatedNodes(graph.edges, 'network:back')).toEqual(new Set(['network:back', 'container:db']))
  })
})
