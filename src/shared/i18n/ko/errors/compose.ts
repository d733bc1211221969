import type { ErrorTexts } from '../../texts'

export const compose = {
  'compose.not-found': {
    what: '{name} 프로젝트가 더 이상 없습니다.',
    todo: '프로젝트 목록으로 돌아가세요. 파일이 아직 있으면 폴더를 다시 여세요.',
  },
  'compose.path-missing': {
    what: '이 컴퓨터에 {path} 파일이나 폴더가 없습니다.',
    todo: 'compose 파일이 있는 폴더나 compose 파일의 전체 경로를 입력하세요.',
  },
  'compose.no-file': {
    what: '{folder} 폴더에 compose 파일이 없습니다.',
    todo: '이 폴더에 compose.yaml 파일을 만들거나, 이름이 다른 파일이라면 그 경로를 입력하세요.',
  },
  'compose.file-missing': {
    what: '이 프로젝트의 {path} 파일이 없습니다.',
    todo: '파일을 되살리거나 프로젝트 설정에서 다른 파일을 선택하세요. 중지, 시작, 다시 시작, 내리기는 파일 없이도 할 수 있습니다.',
  },
  'compose.files-unknown': {
    what: '{name} 프로젝트의 컨테이너에 파일 위치가 기록되어 있지 않습니다.',
    todo: '프로젝트 폴더를 여세요. 중지, 시작, 다시 시작, 내리기는 파일 없이도 할 수 있습니다.',
  },
  'compose.name-invalid': {
    what: '“{name}”: compose에서 프로젝트 이름으로 쓸 수 없는 이름입니다.',
    todo: '다른 프로그램이 만든 컨테이너입니다. 컨테이너 페이지에서 관리하세요.',
  },
  'compose.name-taken': {
    what: '{name} 프로젝트가 이미 {folder} 폴더에 있습니다.',
    todo: '그대로 두면 compose가 두 프로젝트를 섞어 버립니다. 둘 중 하나의 compose 파일 맨 위에 “name:”으로 다른 이름을 지정하세요.',
  },
  'compose.invalid': {
    what: '이 프로젝트의 파일을 compose에서 사용할 수 없습니다.',
    todo: '자세히에서 compose의 메시지를 확인하고 파일을 고치세요. 파일이 바뀔 때마다 Berth가 다시 확인합니다.',
  },
  'compose.busy': {
    what: '{name} 프로젝트에서 다른 작업이 아직 실행 중입니다.',
    todo: '작업이 끝날 때까지 기다리거나 프로젝트 페이지에서 취소하세요.',
  },
  'compose.failed': {
    what: 'compose가 {name} 프로젝트의 작업을 완료하지 못했습니다.',
    todo: '자세히에서 출력의 마지막 부분을, 프로젝트 페이지에서 전체 출력을 볼 수 있습니다.',
  },
} satisfies Partial<ErrorTexts>
