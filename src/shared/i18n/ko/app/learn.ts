import type { learn as en } from '../../en/app/learn'

export const learn: typeof en = {
  intro:
    '직접 해 보며 도커를 배웁니다. 사용 중인 엔진에서 하는 짧은 실습 19개입니다. 명령어는 Berth에서 입력해도 되고 아무 터미널에서 입력해도 됩니다. Berth가 엔진을 살펴보고 확인된 항목에 체크합니다.',
  offline:
    '머신은 Berth가 이 컴퓨터에서 실행하는 작은 리눅스 가상 머신(VM)이고, 도커 엔진(도커 서버)은 그 안에서 실행됩니다. 인터넷이 없어도 됩니다. 이미지는 Berth가 머신 안에서 직접 만듭니다. berth/learn-hello에는 작은 프로그램 몇 개가, berth/learn-node에는 Node.js 대신 쓰는 작은 연습용 프로그램이 들어 있습니다. 이 프로그램은 진짜 Node.js가 아니며, 이 실습의 server.js만 이해합니다. 인터넷이 되면 hello-world, alpine, node 이미지를 대신 써도 됩니다.',
  begin: '시작',
  resume: '이어서 하기',
  lessons: '실습 목록',
  position: '{count}개 중 {number}번째 실습',
  progress: '실습 {count}개 중 {done}개 완료',
  state: { done: '완료', skipped: '건너뜀', open: '진행 중', todo: '아직 안 함' },
  overview: '전체 보기',
  previous: '이전',
  next: '다음',
  finish: '지금까지 한 일 보기',
  skip: '이 실습 건너뛰기',
  again: '다시 하기',
  paused: '한동안 쓰지 않아 머신이 일시 정지되었습니다. 명령어를 입력하면 머신이 바로 깨어납니다.',
  preparing: 'Berth가 이 실습의 이미지를 만드는 중입니다 …',
  why: '무슨 일이, 왜 일어나나요?',
  todo: '실습',
  todoText:
    '아래 명령어를 터미널에 차례로 입력하거나, 같은 일을 Berth 화면에서 해 보세요. 어느 쪽이든 괜찮습니다.',
  closed: '이 실습은 지금 열려 있지 않습니다. 다른 창에서 다른 실습을 열었거나 정리했을 수 있습니다.',
  openHere: '여기에서 열기',
  clear: '전에 만든 컨테이너가 이름이나 포트를 쓰고 있으므로 먼저 삭제합니다.',
  copy: '명령어 복사',
  edit: '예제 폴더의 server.js를 편집기로 열어 res.send(…) 안의 글을 바꾸고 저장하기. 편집기 대신 다음 명령어로 바꿔도 됩니다.',
  shell: '터미널 열기',
  form: '컨테이너 실행 화면 열기',
  ask: '페이지 요청',
  askStep: '아래의 ‘페이지 요청’ 누르기',
  askText:
    '‘페이지 요청’을 누르면 Berth가 브라우저처럼 요청하고, 그 응답을 보고 체크합니다. 브라우저에서 직접 열어 봐도 되지만, 엔진은 그 요청을 알려 주지 않으므로 체크되지는 않습니다. 서버가 시작하는 몇 초 동안은 응답이 없을 수 있습니다.',
  folder: '예제 폴더',
  folderText:
    '명령어를 입력하기 전에 ‘이 폴더 사용’을 누르세요. Berth가 이 폴더를 만들어 server.js, package.json, Dockerfile 다섯 개, compose.yaml을 넣고, 컨테이너에서도 쓸 수 있게 공유합니다. 이미 있는 파일은 바꾸지 않습니다.',
  folderUse: '이 폴더 사용',
  folderChange: '다른 폴더',
  folderDone: '예제는 {folder}에 있습니다.',
  file: '{name} 파일의 내용',
  checks: '엔진에서 확인한 것',
  checksText:
    '직접 확인 표시를 할 필요가 없습니다. 엔진에서 확인되는 순간 항목마다 체크됩니다. 명령어를 입력해도 체크되지 않으면 그 터미널이 다른 도커 엔진을 쓰고 있을 수 있습니다. ‘터미널 열기’로 연 터미널은 Berth의 엔진을 씁니다.',
  waiting: '아직 확인되지 않음',
  since: 'SIGTERM 이후 {seconds}초',
  done: '이 실습을 마쳤습니다.',
  ticked: '확인됨: {check}',
  where: '살펴볼 곳',
  hintTitle: '아직 되지 않았습니다',
  hint: {
    'start-failed':
      '엔진이 {name} 컨테이너를 시작하지 못했습니다. 엔진의 메시지: {text} 다시 실행하려면 먼저 이 컨테이너를 삭제하세요: docker rm {name}',
    'not-found':
      '{name} 컨테이너에 이 명령어의 프로그램이 없거나(종료 코드 127) 실행할 수 없습니다(126): {text}. 오타가 없는지 확인하세요. 다시 실행하려면 먼저 이 컨테이너를 삭제하세요: docker rm {name}',
    'exec-not-found':
      '{name} 컨테이너에 이 명령어의 프로그램이 없거나(종료 코드 127) 실행할 수 없습니다(126): {text}. 오타가 없는지 확인하세요.',
    'build-failed': '{name} 빌드가 실패했습니다. 메시지: {text}',
    'old-builder':
      '이 터미널의 도커 CLI에 buildx가 없어 옛 빌드 도구가 쓰였습니다. Berth는 그 단계를 볼 수 없으므로 체크되지 않습니다. buildx를 설치하거나, Berth의 빌드 화면에서 같은 폴더와 Dockerfile로 빌드하세요.',
    ended:
      '{name} 컨테이너가 종료 코드 {text}(으)로 끝났습니다. 서버는 계속 실행되어야 합니다. 이유는 로그에 있습니다. 모듈을 찾을 수 없다면 COPY나 RUN npm install이 빠졌거나, -v로 연결한 폴더에 server.js가 없는 것입니다.',
    port: '{name} 컨테이너의 {text} 포트가 이 컴퓨터에서 열리지 않았습니다. 다른 프로그램이 쓰고 있을 수 있습니다. 맥에서는 AirPlay가 5000을 씁니다. -p 5050:8080처럼 콜론 앞의 번호를 바꿔 다시 실행하세요. 그 전에 이 컨테이너를 삭제하세요: docker rm -f {name}',
  },
  end: {
    title: '지금까지 한 일',
    empty: '아직 없습니다. 마친 실습과 그 명령어가 여기에 표시됩니다.',
    seen: '엔진에서 확인한 것',
    cleanUp: '만든 것 삭제',
    cleanUpText:
      '아래는 실습에서 만든 것입니다. 삭제하면 엔진에서 모두 없어집니다. 실습 결과와 이 컴퓨터의 파일은 그대로 남습니다.',
    clean: '엔진에 남아 있는 실습 결과물이 없습니다.',
    question: '실습에서 만든 것을 모두 삭제할까요?',
    cleaned: '{count}개를 삭제했습니다. | {count}개를 삭제했습니다.',
    startOver: '처음부터 다시',
    startOverQuestion: '모든 결과를 지울까요?',
    startOverText: '모든 실습의 체크가 사라집니다. 엔진에 있는 것은 그대로 남습니다.',
  },
  kind: { container: '컨테이너', image: '이미지', volume: '볼륨', network: '네트워크' },
  place: {
    containers: '컨테이너 목록',
    container: '이 컨테이너',
    logs: '로그',
    shell: '컨테이너 안의 셸',
    isolation: '격리',
    cgroup: '격리: cgroup',
    files: '파일',
    stack: '계층 구조',
    images: '이미지 목록',
    image: '이미지와 레이어',
    builds: '빌드',
    ports: '포트',
    volumes: '볼륨',
    networks: '네트워크',
    compose: 'Compose 프로젝트',
    events: '이벤트',
  },
  chapter: {
    first: '컨테이너',
    image: '나만의 이미지',
    isolation: '격리',
    data: '데이터와 업데이트',
    transport: '이미지 옮기기',
  },
  lesson: {
    hello: {
      title: 'hello-world 실행하기',
      text: "도커 CLI(클라이언트)에 커맨드를 입력하면 클라이언트가 도커 서버(도커 Daemon)로 요청을 보냅니다.\n서버는 이미지가 이미 로컬에 캐시되어 있는지 확인합니다. 없으면 “Unable to find image 'hello-world:latest' locally”라는 문구를 출력하고, 도커 허브 같은 이미지 저장소에서 이미지를 가져와 캐시로 보관합니다.\n그다음 이미지를 이용해 컨테이너를 생성하고, 그 안에서 프로그램을 실행합니다.\n여기서는 Berth가 hello-world를 대신하는 berth/learn-hello 이미지를 미리 만들어 캐시에 넣어 줍니다. 그래서 그 문구는 나오지 않습니다.\n프로그램이 끝나면 컨테이너도 종료됩니다. 이때 프로그램은 종료 코드라는 숫자를 남기며, 0은 문제없이 끝났다는 뜻입니다. 종료된 컨테이너는 삭제할 때까지 남아 있습니다.",
      check: {
        image: '이미지가 캐시에 있음',
        created: '이미지로 컨테이너가 생성됨',
        ended: '프로그램이 끝까지 실행됨',
      },
      seen: {
        image: '이미지 {image}, ID {id}',
        created: '컨테이너 {name}, ID {id}',
        ended: '{name} 종료, 종료 코드 {code}',
      },
    },
    command: {
      title: '기본 커맨드 대신 다른 명령어 실행하기',
      text: '이미지에는 파일 스냅샷과, 컨테이너가 시작될 때 실행되는 명령어가 들어 있습니다.\n컨테이너를 만들면 파일 스냅샷이 컨테이너의 하드 디스크로 옮겨지고, 그 명령어가 실행됩니다.\n이미지 이름 뒤에 다른 명령어를 붙이면 원래 이미지의 기본 커맨드는 무시됩니다.\n여기서는 ls가 실행되어 파일 스냅샷의 목록이 나옵니다. 인사말은 나오지 않습니다.',
      check: {
        command: 'ls 명령어로 컨테이너가 생성됨',
        ended: 'ls가 끝까지 실행됨',
      },
      seen: {
        command: '{name}: “{command}” 실행',
        ended: '{name} 종료, 종료 코드 {code}',
      },
    },
    columns: {
      title: 'docker ps의 일곱 칸',
      text: 'docker ps는 실행 중인 컨테이너를 일곱 칸으로 나열합니다. docker ps -a는 종료된 것까지 모두 나열합니다. docker run의 -d는 컨테이너를 백그라운드에서 실행해, 터미널을 계속 쓸 수 있게 합니다.\nCONTAINER ID는 고유한 ID 해시값, IMAGE는 생성할 때 사용한 도커 이미지, COMMAND는 시작할 때 실행될 명령어, CREATED는 생성된 시간입니다.\nSTATUS는 컨테이너의 상태입니다. 실행 중은 Up, 종료는 Exited이고, 일시 중지되면 Up 뒤에 (Paused)가 붙습니다. docker pause는 컨테이너를 일시 중지하고, docker unpause는 이어서 실행합니다.\nPORTS는 컨테이너가 개방한 포트와 호스트에 연결한 포트입니다.\nNAMES는 고유한 이름입니다. --name으로 정하지 않으면 도커 엔진이 이름을 지어 줍니다.\nrest는 중지할 때까지 기다리기만 하는 프로그램입니다.\nBerth의 컨테이너 목록도 같은 컨테이너를 보여 줍니다. 컨테이너를 누르면 ID, 명령어, 생성된 시간까지 나옵니다.',
      check: {
        up: 'learn-seven이 Up 상태가 됨',
        paused: 'learn-seven이 Paused 상태가 됨',
        exited: 'learn-seven이 Exited 상태가 됨',
      },
      seen: {
        up: 'CONTAINER ID {id}, COMMAND “{command}”, NAMES {name} 표시',
        paused: '엔진이 {name}의 모든 프로세스를 멈춤',
        exited: '{name}: Exited ({code}) 표시',
      },
    },
    exec: {
      title: '실행 중인 컨테이너에 명령어 전달하기',
      text: 'docker exec는 이미 실행 중인 컨테이너에 명령어를 전달합니다.\n-it와 sh를 붙이면 셸이 열려 명령어를 계속 입력할 수 있습니다. -i는 입력을 열어 두고, -t는 터미널을 연결합니다.\n셸에서 나오려면 exit를 입력하거나 Ctrl+D를 누릅니다.\n이때 셸만 끝납니다. 컨테이너는 시작할 때 실행한 프로그램이 끝날 때까지 계속 실행됩니다.\n이벤트 화면에서 ‘컨테이너 안의 명령’을 켜면 exec로 실행한 명령어가 보입니다.',
      check: {
        running: 'learn-exec가 실행 중임',
        command: '컨테이너 안에서 ls 같은 명령어가 실행됨',
        shell: '컨테이너 안에서 셸이 시작됨',
        left: '셸은 끝났고 컨테이너는 계속 실행 중임',
      },
      seen: {
        running: '{name} 실행 중',
        command: '{name}: “{command}” 실행',
        shell: '{name}: “{command}” 실행',
        left: '셸 종료 코드 {code}, {name} 계속 실행 중',
      },
    },
    stop: {
      title: 'docker stop과 docker kill의 차이점',
      text: '시그널은 커널이 프로세스에 보내는 신호입니다.\ndocker stop은 자비롭게 중지합니다. SIGTERM이라는 시그널을 보내고, 프로그램이 하던 작업을 끝낼 시간을 줍니다. 이 정리하는 시간을 grace period라고 하며 10초입니다.\ndocker kill은 어떠한 것도 기다리지 않습니다. 프로그램이 막을 수 없는 SIGKILL로 바로 중지합니다.\ncount 프로그램은 SIGTERM을 받으면 약 3초 동안 정리합니다. stubborn 프로그램은 SIGTERM을 무시하므로, grace period가 지나면 docker stop이 SIGKILL을 보냅니다.\n시그널로 끝난 프로그램의 종료 코드는 128에 시그널 번호를 더한 값입니다. SIGKILL은 9번이므로 137이 됩니다.\n로그 화면에서 learn-count나 learn-stubborn을 선택해 두면, docker stop을 입력하는 동안 프로그램의 출력을 볼 수 있습니다.',
      check: {
        graceful: 'docker stop: 하던 작업을 끝내고 종료됨',
        killed: 'docker kill: grace period 없이 SIGKILL',
        forced: 'docker stop: grace period가 끝나고 SIGKILL',
      },
      seen: {
        graceful: '{name}: SIGTERM {seconds}초 뒤 종료, 종료 코드 {code}',
        killed: '{name}: 종료 코드 {code}, SIGTERM 없이 SIGKILL',
        forced: '{name}: 종료 코드 {code}, {seconds}초 뒤 SIGKILL',
      },
    },
    build: {
      title: 'Dockerfile로 도커 이미지 만들기',
      text: 'Dockerfile은 도커 이미지를 만들기 위한 설정 파일이며, 컨테이너가 어떻게 행동해야 하는지 정합니다. 아래에서 Dockerfile.1-node의 내용을 볼 수 있습니다. #으로 시작하는 줄은 설명입니다.\nFROM은 파일 스냅샷에 해당하는 베이스 이미지입니다. LABEL은 이미지에 붙이는 이름표입니다. Berth는 이 이름표로 실습에서 만든 것을 찾아 정리합니다. CMD는 컨테이너가 시작될 때 실행할 명령어이며, 마지막에 쓴 것 하나만 적용됩니다.\ndocker build는 폴더를 도커 서버로 보내고, 서버가 이미지를 생성합니다. -t로 이미지에 이름을 주고, -f로 Dockerfile의 이름을 알려 줍니다. 마지막의 점(.)은 지금 있는 폴더를 뜻합니다.\n터미널에 “legacy builder is deprecated”라고 나와도 괜찮습니다. 이 컴퓨터의 도커 CLI에 buildx라는 새 빌드 도구가 없다는 뜻이며, 이미지는 똑같이 만들어집니다. 다만 Berth의 빌드 화면에는 나오지 않습니다.\n베이스 이미지 berth/learn-node에는 Node.js 대신 쓰는 작은 연습용 프로그램이 들어 있습니다.',
      check: {
        built: 'learn-app 이미지가 생성됨',
        ran: 'learn-app 이미지의 컨테이너가 버전을 출력함',
      },
      seen: { built: '이미지 {image}, ID {id}', ran: '{name}의 출력: “{text}”' },
    },
    copy: {
      title: '빠진 COPY: package.json이 없다고 나올 때',
      text: '두 번째 Dockerfile의 빌드는 실패합니다. npm install이 package.json을 찾지 못하기 때문입니다. RUN은 이미지를 만드는 동안 실행할 명령어입니다.\n빌드는 베이스 이미지로 임시 컨테이너를 만들고 그 안에서 RUN을 실행합니다. package.json이 Dockerfile 옆에 있어도 베이스 이미지의 파일 스냅샷에는 들어 있지 않습니다.\n그래서 COPY로 package.json과 server.js를 컨테이너 안에 넣어 주어야 합니다.\n세 번째 Dockerfile에는 COPY가 있으므로 서버가 시작됩니다.',
      check: {
        failed: 'COPY 없는 빌드가 npm install에서 실패함',
        built: 'COPY가 있는 빌드가 성공함',
        running: '컨테이너에서 서버가 실행 중임',
      },
      seen: { failed: '오류 메시지: {error}', built: '{steps}단계', running: '{name} 실행 중' },
    },
    publish: {
      title: '포트 연결하기: 접속이 안 되는 이유',
      text: '서버는 8080 포트에서 기다리지만, 그 포트는 컨테이너의 네트워크 안에만 있습니다. 그래서 브라우저로 접속할 수 없습니다.\n로컬의 파일을 컨테이너에 복사했듯이, 로컬 네트워크도 컨테이너 내부의 네트워크에 연결해야 합니다.\n-p 5000:8080은 이 컴퓨터의 5000 포트를 컨테이너의 8080 포트에 연결합니다.\n첫 번째 컨테이너는 -p가 없어 닫혀 있고, 두 번째 컨테이너는 localhost:5000에서 응답합니다. localhost와 127.0.0.1은 모두 이 컴퓨터 자신을 가리킵니다.\ndocker port는 컨테이너에 연결된 포트를 보여 줍니다. learn-closed는 아무것도 나오지 않습니다.\n5000 포트를 다른 프로그램이 쓰고 있으면 시작하지 못합니다. 맥에서는 AirPlay가 씁니다. 그때는 docker rm -f learn-web으로 삭제한 뒤(-f는 실행 중인 컨테이너도 삭제합니다) -p 5050:8080으로 다시 실행하세요.',
      check: {
        closed: '포트를 연결하지 않은 서버가 실행 중임',
        published: '포트를 연결한 서버가 실행 중임',
        answered: '그 포트로 페이지가 옴',
      },
      seen: {
        closed: '{name}: 연결된 포트 없음',
        published: '{name}: localhost:{port} → 8080 포트',
        answered: '{url}의 응답: “{text}”',
      },
    },
    workdir: {
      title: 'WORKDIR 명시해 주기',
      text: 'WORKDIR을 지정하지 않고 COPY하면 소스 코드가 이미지의 최상위 디렉터리에 들어갑니다. 원래 이미지에 있던 파일과 이름이 같으면 덮어써지고, 모든 파일이 bin, etc 같은 폴더와 섞여 정리할 수 없습니다.\nWORKDIR /usr/src/app은 이미지 안에 애플리케이션 소스를 둘 디렉터리를 만듭니다.\n이렇게 정한 디렉터리를 작업 디렉터리라고 합니다. 그 뒤의 명령어와 셸은 모두 여기서 시작합니다.\nCOPY ./ ./는 폴더의 파일을 모두 작업 디렉터리로 복사합니다. 그래서 Dockerfile과 compose.yaml도 들어갑니다.\n두 번째 빌드가 끝나면 learn-app이라는 이름은 새 이미지를 가리키고, 이전 이미지에는 이름이 없어집니다.\n이전 이미지와 새 이미지에서 ls의 결과를 비교해 보세요.',
      check: {
        set: 'learn-app에 작업 디렉터리가 있음',
        looked: '그 이미지에서 sh나 ls를 실행함',
      },
      seen: { set: '{image}의 작업 디렉터리: {folder}', looked: '{name}: “{command}” 실행' },
    },
    cache: {
      title: '레이어의 순서와 캐시',
      text: '파일을 바꾸는 명령어 하나가 레이어 하나를 만듭니다. 바뀐 것이 없으면 캐시를 사용하고, 바뀐 레이어가 있으면 그 뒤의 레이어는 모두 다시 만듭니다.\nCOPY ./ ./가 RUN npm install보다 위에 있으면, server.js를 바꿀 때마다 npm install이 다시 실행됩니다.\nCOPY package.json ./를 위에 두면 package.json이 바뀔 때만 모듈을 다시 받습니다.\n두 가지 순서로 두 번씩 빌드하고, 그 사이에 server.js를 바꿔 보세요.',
      check: {
        again: '소스가 먼저: npm install이 실행됨',
        cached: 'package.json이 먼저: npm install에 캐시를 사용함',
      },
      seen: {
        again: '{seconds}초, 캐시를 사용한 단계 {cached}개',
        cached: '{seconds}초, 캐시를 사용한 단계 {cached}개',
      },
    },
    mount: {
      title: '볼륨으로 소스를 참조하고 바로 반영하기',
      text: '지금까지는 소스를 바꿀 때마다 COPY하고 이미지를 다시 빌드해야 했습니다.\n볼륨은 복사가 아니라 참조합니다. 이렇게 이 컴퓨터의 폴더를 컨테이너에 연결하는 것을 바인드 마운트라고도 합니다. $(pwd)와 %cd%는 지금 있는 폴더를 뜻합니다. 맥과 리눅스에서는 -v "$(pwd)":/usr/src/app, 윈도우의 명령 프롬프트에서는 -v %cd%:/usr/src/app을 씁니다.\n로컬 폴더를 연결하면 그 자리에 있던 이미지의 파일은 가려집니다. 로컬 폴더에는 node_modules가 없으므로 서버가 시작하지 못합니다. -v /usr/src/app/node_modules는 이 폴더만 이름 없는 볼륨에 따로 두고, 이미지에 있던 모듈을 그 볼륨에 복사합니다. 그래서 볼륨 화면에 이름이 긴 볼륨이 하나 생깁니다.\nserver.js를 바꾸고 컨테이너를 다시 시작해 보세요. 빌드 없이 바로 반영됩니다. 바꾸기 전에 한 번, 다시 시작한 뒤에 한 번 ‘페이지 요청’을 누르세요. docker restart의 -t 1은 grace period를 1초로 줄입니다.',
      check: {
        mounted: '폴더가 /usr/src/app에 연결된 서버가 실행 중임',
        changed: '소스를 바꾼 뒤 페이지의 글이 달라짐',
      },
      seen: {
        mounted: '{name}: {folder}에 바인드 마운트',
        changed: '이전: “{before}” 지금: “{now}”',
      },
    },
    limits: {
      title: 'C group: 메모리와 CPU 제한',
      text: 'C group은 CPU, 메모리, HD I/O 등 프로세스 그룹의 시스템 리소스 사용량을 관리하는 리눅스 커널의 기능입니다. 맥과 윈도우에서도 리눅스 VM 덕분에 쓸 수 있습니다.\neat 프로그램은 메모리를 1MiB씩 더 씁니다. -m 32m으로 제한하면 32MiB에서 커널이 프로그램을 끝냅니다(메모리 부족, 종료 코드 137). 그래서 터미널의 출력이 32MiB 조금 전에 멈춥니다.\nspin 프로그램은 CPU를 있는 대로 씁니다. --cpus 0.2로 제한하면 커널이 시간의 80% 동안 기다리게 합니다. 이것을 스로틀링이라고 합니다. docker stats에서 CPU가 20% 근처인 것을 볼 수 있습니다. --no-stream은 한 번만 보여 주고 끝냅니다.\n격리 화면의 cgroup에서 그래프로도 볼 수 있습니다. 다 본 뒤에 docker stop learn-cpu로 중지하세요.',
      check: {
        memory: '메모리를 제한한 컨테이너가 있음',
        killed: '제한에 도달하자 커널이 종료시킴',
        cpu: 'CPU를 제한한 컨테이너가 있음',
        throttled: '커널이 CPU 사용을 제한하고 있음',
      },
      seen: {
        memory: '{name}: 메모리 {mebibytes}MiB',
        killed: '{name}: 메모리 부족, 종료 코드 {code}',
        cpu: '{name}: CPU {cpus}개',
        throttled: '{name}: 지금까지 {count}번 스로틀링됨',
      },
    },
    namespaces: {
      title: '네임스페이스: 안과 밖에서 비교하기',
      text: '네임스페이스는 프로세스를 격리해 별개의 독립된 공간을 쓰는 것처럼 만듭니다. 그래서 컨테이너의 첫 프로세스는 안에서 1번입니다.\n컨테이너의 호스트는 Berth의 머신입니다. 컨테이너는 호스트의 커널을 공유하므로, 머신에서는 같은 프로세스가 다른 번호로 보입니다. 가상 머신이라면 커널이 따로 있습니다.\n컨테이너 안의 ps는 안쪽 번호를, docker top은 바깥쪽 번호를(PID 칸) 보여 줍니다. sleep은 rest가 기다리는 데 쓰는 프로그램입니다. readlink는 이 컨테이너가 속한 프로세스 네임스페이스의 ID를 보여 줍니다.\n컨테이너 페이지의 격리 탭에서 모든 네임스페이스를 비교할 수 있습니다.',
      check: {
        inside: '안에서 ps로 살펴봄',
        outside: '머신에서도 같은 프로세스가 보임',
        different: '컨테이너가 자기 네임스페이스를 가짐',
      },
      seen: {
        inside: '{name}: “{command}” 실행',
        outside: '{name} 안의 1번은 머신의 {pid}번',
        different: '자기 네임스페이스: {kinds}',
      },
    },
    volume: {
      title: '볼륨: 컨테이너를 버려도 남는 데이터',
      text: '도커 컨테이너는 쓰고 버리는 일회용품입니다. 컨테이너 계층에 쓴 데이터는 컨테이너와 함께 사라집니다.\n볼륨은 컨테이너 외부에 있으므로 컨테이너를 교체해도 데이터가 보존되고, 다른 컨테이너와 공유할 수 있습니다. 볼륨의 파일은 머신의 디스크에 있습니다.\n-v 이름:경로는 볼륨을, -v 폴더:경로는 이 컴퓨터의 폴더를 연결합니다. -v 경로는 이름 없는 볼륨을 만듭니다.\n첫 번째 컨테이너가 /data에 날짜를 씁니다. 그 컨테이너를 삭제한 뒤, 두 번째 컨테이너가 같은 파일을 읽습니다.',
      check: {
        written: '컨테이너가 볼륨에 데이터를 씀',
        removed: '컨테이너는 삭제되고 볼륨은 남음',
        read: '다른 컨테이너가 볼륨을 읽음',
      },
      seen: {
        written: '{name}: {volume} 사용',
        removed: '{name} 삭제됨, {volume} 보존됨',
        read: '{name}: {volume} 읽음',
      },
    },
    replace: {
      title: '업데이트된 이미지의 새 컨테이너로 갈아타기',
      text: '컨테이너 안의 내용을 업데이트하지 않습니다. 업데이트된 이미지로 새로운 컨테이너를 구축하고 갈아탑니다.\n태그는 learn-app 같은 이미지의 이름입니다. 태그가 새 이미지를 가리키게 되어도, 이미 있는 컨테이너는 옛 이미지를 그대로 씁니다.\n옛 컨테이너를 삭제하고 같은 이름으로 새 컨테이너를 실행하세요. 보존할 데이터는 볼륨에 두어야 합니다.',
      check: {
        before: 'learn-site가 옛 이미지로 실행됨',
        newer: 'learn-app 태그가 새 이미지를 가리킴',
        replaced: 'learn-site가 새 이미지로 실행됨',
      },
      seen: {
        before: '{name}: 이미지 {image}',
        newer: 'learn-app: 이제 {image}',
        replaced: '{name}: 이미지 {image}',
      },
    },
    commit: {
      title: 'commit: 개조한 컨테이너를 이미지로',
      text: '이미지는 컨테이너의 설계도, 빵틀입니다. 반대로 컨테이너를 개조해서 그것을 기반으로 다시 이미지를 만들 수도 있습니다.\ndocker commit은 원래 이미지의 레이어 위에 컨테이너 계층을 얹어 새 이미지를 만듭니다.\n개조한 이미지는 여러 서버에 컨테이너를 구축할 때 활용합니다. 다만 만드는 방법까지 남기려면 Dockerfile이 더 좋습니다.',
      check: {
        changed: 'learn-changed가 파일을 씀',
        committed: 'learn-committed 이미지가 생성됨',
        ran: '그 컨테이너에 파일이 있음',
      },
      seen: {
        changed: '{name} 종료, 종료 코드 0',
        committed: '이미지 {image}, ID {id}',
        ran: '{name}: “{command}” 실행',
      },
    },
    save: {
      title: 'save와 load: 이미지를 파일로',
      text: 'docker save는 이미지를 레이어, 명령어, 이름까지 모두 파일 하나에 저장합니다. 저장소 없이도 이 파일로 다른 컴퓨터에 이미지를 옮길 수 있습니다.\n파일은 터미널에서 지금 있는 폴더에 생깁니다.\nsave의 -o는 만들 파일을, load의 -i는 읽을 파일을 정합니다.\ndocker tag는 이미지에 이름을 하나 더 붙입니다. 이 이미지에는 berth/learn-hello라는 이름도 있으므로, docker rmi는 learn-saved라는 이름만 지웁니다. 이미지는 마지막 이름을 지울 때 삭제됩니다.\ndocker load는 그 파일을 읽어 이미지와 이름을 되돌립니다. 이미지의 ID는 이전과 같습니다.',
      check: {
        saved: '이미지가 저장됨',
        removed: '이미지의 이름이 지워짐',
        loaded: '파일에서 이미지를 불러옴',
      },
      seen: {
        saved: '이미지 {id}를 파일로 저장함',
        removed: '이미지 {id}의 이름 하나가 지워짐',
        loaded: '이미지 {id}를 파일에서 읽음',
      },
    },
    export: {
      title: 'export와 import: 컨테이너의 파일',
      text: 'docker export는 컨테이너의 파일을 아카이브 하나로 내보냅니다. 레이어, 명령어, 볼륨의 내용은 들어 있지 않습니다.\n이 파일을 다른 도커 엔진으로 옮겨 docker import로 이미지를 만들 수 있습니다. 이 이미지의 레이어는 하나뿐입니다.\n기본 커맨드가 없으므로 cat /mine처럼 명령어를 직접 써야 합니다.',
      check: {
        exported: '컨테이너의 파일을 내보냄',
        imported: 'learn-imported 이미지가 생성됨',
        ran: '그 컨테이너에 파일이 있음',
      },
      seen: {
        exported: '컨테이너 {name}',
        imported: '{image}: 레이어 {layers}개',
        ran: '{name}: “{command}” 실행',
      },
    },
    compose: {
      title: '도커 컴포즈 프로젝트',
      text: '한 컨테이너에는 하나의 프로그램만 두는 것이 원칙입니다. 보안과 유지 보수에 유리합니다. 그래서 애플리케이션은 여러 컨테이너로 구성됩니다.\ncompose.yaml에 모든 컨테이너를 적어 두면 docker compose up으로 한꺼번에 시작합니다. -d를 붙이면 백그라운드에서 실행됩니다.\n프로젝트는 자체 네트워크를 가지며, 컨테이너는 서로를 이름으로 찾습니다. client는 visit 프로그램으로 http://web:8080에 요청하고, 받은 페이지를 로그에 씁니다. web은 이 컴퓨터의 5001 포트에서도 응답합니다.\n네트워크 화면의 연결 지도에서 두 컨테이너가 이어진 것을 볼 수 있습니다. down을 입력하기 전에 살펴보세요.\ndocker compose down은 컨테이너와 네트워크를 삭제합니다.\n터미널이 docker compose를 모른다면 도커 CLI에 compose가 없는 것입니다. 설치하거나, Berth의 Compose 화면에서 이 compose.yaml을 열어 시작하세요.',
      check: {
        up: '프로젝트의 컨테이너 두 개가 실행 중임',
        network: '프로젝트의 자체 네트워크가 있음',
        down: 'down으로 모두 삭제됨',
      },
      seen: { up: '실행 중: {names}', network: '네트워크 {network}', down: '{project}: 남은 것이 없음' },
    },
  },
}
