import { useText } from '../../composables/use-text'
import { relatedNodes, type MapNode, type NetworkGraph } from '../../lib/network-map'

type ContainerNode = NetworkGraph['containers'][number]

/** Returns the words for the nodes of a graph: for the picture, and for its table. */
export function useMapText(graph: () => NetworkGraph) {
  const { t } = useText()

  function containersBeside(id: string): string[] {
    const related = relatedNodes(graph().edges, id)
    return graph()
      .containers.filter((node) => node.id !== id && related.has(node.id))
      .map(({ container }) => container.name)
  }
  function addressesOf(id: string): string[] {
    return graph()
      .ports.filter(({ containerId }) => containerId === id)
      .map(({ address }) => address)
  }
  function networkNames(id: string): string[] {
    const related = relatedNodes(graph().edges, id)
    return graph()
      .networks.filter((node) => related.has(node.id))
      .map(({ network }) => network.name)
  }
  /** The containers in a network. In `host` and `none`, containers have no network in common. */
  function reachable(node: ContainerNode): string[] {
    const { networkMode } = node.sharesWith ?? node.container
    return networkMode === 'none' ? [] : containersBeside(node.id)
  }

  function title(node: MapNode): string {
    if (node.kind === 'port') return `:${String(node.port.binding.hostPort)}`
    return node.kind === 'container' ? node.container.name : node.network.name
  }
  function subtitle(node: MapNode): string {
    if (node.kind === 'port')
      return `${node.host} · ${t(node.port.onNetwork ? 'networks.map.onNetwork' : 'networks.map.local')}`
    if (node.kind === 'network') {
      const { driver, subnets, internal } = node.network
      if (driver === 'host') return t('networks.map.hostNetwork')
      if (driver === 'null') return t('networks.map.noneNetwork')
      const text = subnets.map(({ subnet }) => subnet).join(', ') || driver
      return internal ? `${t('networks.internal')} · ${text}` : text
    }
    if (node.sharesWith !== undefined) return t('networks.map.sharesWith', { name: node.sharesWith.name })
    if (node.container.networkMode === 'host') return t('networks.map.hostMode')
    if (node.container.networkMode === 'none') return t('networks.map.noneMode')
    const addresses = node.container.endpoints.map(({ ipv4, ipv6 }) => ipv4 || ipv6).filter(Boolean)
    return addresses.join(', ') || node.container.image
  }
  /** Says in a sentence what a node reaches and who reaches it. */
  function sentence(node: MapNode): string {
    if (node.kind === 'port') {
      const owner = graph().containers.find(({ id }) => id === node.containerId)
      return t('networks.map.portTarget', {
        address: node.address,
        port: node.port.binding.containerPort,
        name: owner?.container.name ?? '',
      })
    }
    const others = containersBeside(node.id).join(', ')
    if (node.kind === 'network') return t('networks.map.networkMembers', { name: node.network.name, others })
    const { name } = node.container
    const names = reachable(node).join(', ')
    const addresses = addressesOf(node.id).join(', ')
    return [
      names === ''
        ? t('networks.map.reachesNone', { name })
        : t('networks.map.reaches', { name, others: names }),
      addresses === '' ? t('networks.map.entryNone') : t('networks.map.entry', { addresses }),
    ].join(' ')
  }

  return { title, subtitle, sentence, reachable, addressesOf, networkNames }
}
