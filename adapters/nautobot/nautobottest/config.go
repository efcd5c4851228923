package nautobottest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// config is Nautobot's configuration: sockets in one folder, no mail, no metrics sent anywhere. Connections are looked at before they are used, because Empty and Restore end them.
const config = `from nautobot.core.settings import *  # noqa
from nautobot.core.settings_funcs import is_truthy, parse_redis_connection  # noqa
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
SECRET_KEY = "a key for tests on loopback only, which no other server has"
NAUTOBOT_ROOT = %[1]q
JOBS_ROOT = %[1]q + "/jobs"
GIT_ROOT = %[1]q + "/git"
MEDIA_ROOT = %[1]q + "/media"
STATIC_ROOT = %[1]q + "/static"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "nautobot", "USER": "nautobot", "PASSWORD": "", "HOST": %[1]q, "PORT": "5432", "CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True}}
CACHES["default"]["LOCATION"] = "unix://" + %[1]q + "/redis.sock?db=1"
CELERY_BROKER_URL = "redis+socket://" + %[1]q + "/redis.sock?virtual_host=0"
INSTALLATION_METRICS_ENABLED = False
PLUGINS = ["nautobot_ssot", "nautobot_peerings"]
PLUGINS_CONFIG = {"nautobot_ssot": {"hide_example_jobs": True}}
`

// web is uWSGI's configuration: HTTP with connections that stay open.
const web = `[uwsgi]
http = 127.0.0.1:%d
http-keepalive = 60
http-auto-chunked = true
add-header = Connection: Keep-Alive
socket-timeout = 60
http-timeout = 600
master = true
processes = %d
buffer-size = 65535
post-buffering = 1
die-on-term = true
disable-logging = true
single-interpreter = true
need-app = true
`

// boot makes the superuser and its token in a database that was just migrated.
const boot = `from django.contrib.auth import get_user_model
from nautobot.users.models import Token
u, _ = get_user_model().objects.get_or_create(username="admin", defaults=dict(is_superuser=True, is_staff=True, is_active=True, email="admin@example.com"))
Token.objects.create(user=u, key=%q)
`

// Workers is how many processes answer requests.
const Workers = 2

// layOut writes the configuration.
func (s *Server) layOut(context.Context) error {
	if err := os.Chmod(s.dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's user must get at its part
		return err
	}
	if err := os.Mkdir(filepath.Join(s.dir, "jobs"), 0o755); err != nil { //nolint:gosec // as above
		return err
	}
	for name, text := range map[string]string{"nautobot_config.py": fmt.Sprintf(config, s.dir), "uwsgi.ini": fmt.Sprintf(web, s.port, Workers), "boot.py": fmt.Sprintf(boot, Token)} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return s.installApp()
}

// JobsFolder returns the folder in which Nautobot looks for jobs.
func (s *Server) JobsFolder() string { return filepath.Join(s.dir, "jobs") }

// Program returns the path of nautobot-server, which wants Environ.
func (s *Server) Program() string { return filepath.Join(s.venv, "bin", "nautobot-server") }
