import type { ErrorTexts } from '../../texts'

export const hints = {
  'hint.gone': {
    what: '이 힌트의 원인이 이미 사라졌습니다.',
    todo: '더 할 일이 없습니다.',
  },
  'hint.compose': {
    what: '{container} 컨테이너는 Compose가 관리하므로 변경한 내용이 되돌려집니다.',
    todo: '프로젝트의 Compose 파일을 수정하세요.',
  },
  'hint.system-folder': {
    what: '{folder} 폴더는 시스템 폴더이거나 이름이 텍스트가 아니어서 볼륨으로 옮길 수 없습니다.',
    todo: '프로그램이 /data와 같은 별도의 폴더에 데이터를 저장하게 한 다음 그 폴더를 옮기세요.',
  },
} satisfies Partial<ErrorTexts>
