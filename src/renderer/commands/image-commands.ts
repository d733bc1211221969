import { imageName, type ImageRow } from '../lib/images'
import type { ObjectCommand } from './command'
import { useCommandTools } from './tools'

/** The commands of an image under one of its tags, in the order of its menu. Without a tag, of the whole image. */
export function useImageCommands(): ObjectCommand<ImageRow>[] {
  const { open, copy, show } = useCommandTools()
  return [
    {
      id: 'image.run',
      text: 'images.run',
      icon: 'i-lucide-play',
      section: 1,
      run: ({ tag, image }) => {
        open({ name: 'run', query: { image: tag ?? imageName(image) } })
      },
    },
    {
      id: 'image.push',
      text: 'images.push',
      icon: 'i-lucide-cloud-upload',
      section: 1,
      run: ({ key }) => {
        show({ name: 'push', image: key })
      },
    },
    {
      id: 'image.tag',
      text: 'images.tagAction',
      icon: 'i-lucide-tag',
      section: 1,
      run: ({ image }) => {
        show({ name: 'tag-image', image: image.id })
      },
    },
    {
      id: 'image.save',
      text: 'images.save',
      icon: 'i-lucide-file-down',
      section: 1,
      run: ({ tag, image }) => {
        const tags = tag === undefined ? image.tags : [tag]
        show({ name: 'save-images', images: tags.length > 0 ? tags : [image.id] })
      },
    },
    {
      id: 'image.details',
      text: 'images.details',
      icon: 'i-lucide-info',
      section: 2,
      opens: true,
      offline: true,
      run: ({ image }) => {
        open({ name: 'image', params: { id: image.id } })
      },
    },
    {
      id: 'image.copy-id',
      text: 'images.copyId',
      icon: 'i-lucide-copy',
      section: 2,
      offline: true,
      run: ({ image }) => {
        copy(image.id)
      },
    },
    {
      id: 'image.remove',
      text: 'action.remove',
      icon: 'i-lucide-trash-2',
      section: 3,
      destroys: true,
      keys: 'Delete',
      run: ({ tag, image }) => {
        show({ name: 'remove-image', image: image.id, ...(tag === undefined ? {} : { tag }) })
      },
    },
  ]
}
