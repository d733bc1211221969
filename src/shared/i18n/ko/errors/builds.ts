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
  'build.target-missing': {
    what: 'Dockerfile에 {target} 스테이지가 없습니다.',
    todo: '스테이지 이름을 입력하거나, 마지막 스테이지를 사용하려면 비워 두세요.',
  },
  'build.failed': {
    what: '{name} 빌드가 실패했습니다.',
    todo: '빌드 페이지를 열면 실패한 단계와 Dockerfile의 줄을 볼 수 있습니다.',
  },
  'build.file-unreadable': {
    what: '빌드에 필요한 {path}을(를) 읽을 수 없습니다.',
    todo: '이 파일의 읽기 권한을 확인하거나 .dockerignore에서 제외하세요.',
  },
  'build.file-changed': {
    what: '머신으로 보내는 동안 {path} 파일이 바뀌었습니다.',
    todo: '이 파일에 쓰는 프로그램이 없을 때 다시 빌드하세요.',
  },
  'build.ignore-invalid': {
    what: '{path}에 패턴이 아닌 줄이 있습니다: {pattern}',
    todo: '닫지 않은 대괄호가 있는지 확인하고 이 줄을 고치세요.',
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
