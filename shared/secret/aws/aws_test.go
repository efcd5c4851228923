package aws_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/plumbline-sync/plumbline/shared/fault"
	secrets "github.com/plumbline-sync/plumbline/shared/secret/aws"
	"github.com/plumbline-sync/plumbline/statemachine/stacktest"
)

func TestResolver(t *testing.T) {
	e := stacktest.Start(t)
	params, keeper := ssm.NewFromConfig(e.Config), secretsmanager.NewFromConfig(e.Config)
	put := func(name, value string) {
		t.Helper()
		in := &ssm.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true)}
		if _, err := params.PutParameter(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	put("/plumbline/db/password", "first-canary")
	put("/other/password", "canary")
	for name, value := range map[string]string{"plumbline/db": `{"user":"app","port":5432,"password":"canary-too"}`, "plumbline/plain": "canary-three"} {
		if _, err := keeper.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value}); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PLUMB_HOST", "db.example.net")
	t.Setenv("OTHER", "canary")
	may := func(name string) bool { return strings.HasPrefix(name, "PLUMB_") }
	r := secrets.New(secrets.Options{SSM: params, Secrets: keeper, Limited: true, Prefix: "plumbline/", Env: may})
	for ref, want := range map[string]struct {
		text string
		code fault.Code
		says string
	}{
		"env:PLUMB_HOST":               {text: "db.example.net"},
		"env:OTHER":                    {code: fault.Denied, says: "PLUMB_"},
		"ssm:/plumbline/db/password":   {text: "first-canary"},
		"ssm:/plumbline/none":          {code: fault.NotFound, says: "${ssm:/plumbline/none}"},
		"ssm:/other/password":          {code: fault.Denied, says: "SecretPrefix"},
		"secret:plumbline/db#password": {text: "canary-too"},
		"secret:plumbline/plain":       {text: "canary-three"},
		"secret:plumbline/db#pasword":  {code: fault.NotFound, says: `no key "pasword"`},
		"secret:plumbline/db#port":     {code: fault.Invalid, says: "no text"},
		"secret:plumbline/plain#user":  {code: fault.Invalid, says: "not a JSON object"},
		"secret:plumbline/none":        {code: fault.NotFound, says: "there is none"},
		"secret:elsewhere/db":          {code: fault.Denied, says: "SecretPrefix"},
		"vault:plumbline/db":           {code: fault.Invalid, says: "env, ssm and secret"},
	} {
		kind, name, _ := strings.Cut(ref, ":")
		if kind == "vault" {
			r := secrets.New(secrets.Options{SSM: params, Secrets: keeper})
			if _, err := r.Resolve(t.Context(), kind, name); !fault.Is(err, want.code) {
				t.Errorf("%s: %v", ref, err)
			}
			continue
		}
		text, err := r.Resolve(t.Context(), kind, name)
		if text != want.text || fault.Of(err) != want.code {
			t.Errorf("%s: %q, %v", ref, text, err)
		}
		if err != nil && (!strings.Contains(err.Error(), want.says) || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%s: %v", ref, err)
		}
	}

	put("/plumbline/db/password", "second-canary")
	if text, _ := r.Resolve(t.Context(), "ssm", "/plumbline/db/password"); text != "first-canary" {
		t.Errorf("it is not kept: %q", text)
	}
	r.Forget()
	if text, _ := r.Resolve(t.Context(), "ssm", "/plumbline/db/password"); text != "second-canary" {
		t.Errorf("it is kept although it was to be forgotten: %q", text)
	}
	none := secrets.FromConfig(e.Config, "", may)
	if _, err := none.Resolve(t.Context(), "ssm", "/plumbline/db/password"); !fault.Is(err, fault.Denied) {
		t.Errorf("without a prefix: %v", err)
	}
}
