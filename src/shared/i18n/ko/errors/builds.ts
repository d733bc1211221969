import type { ErrorTexts } from '../../texts'

export const builds = {
  'build.folder-missing': {
    what: '이 컴퓨터에 {path} 폴더가 없습니다.',
    todo: 'Dockerfile이 있는 폴더의 전체 경로를 입력하세요.',
  },
  'build.dockerfile-missing': {
    what: 'Dockerfile {path}을(를) 읽을 수 없습니다.',
    todo: '이 파일을 만들거나, 폴더를 기준으로 한 Dockerfile의 경로를 입력하세요.',
  },
  'build.not-found': {
    what: '이 빌드는 더 이상 없습니다.',
    todo: '빌드 목록으로 돌아가세요.',
  },
  'build.history-failed': {
    what: 'BuildKit이 빌드 기록을 읽거나 변경하지 못했습니다.',
    todo: '다시 시도하세요. 계속되면 머신을 다시 시작하세요.',
  },
} satisfies Partial<ErrorTexts>
