package statemachine

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// laptopOnAWS runs a job on this machine that reads a bucket, a parameter and a secret with the user's own credentials.
func laptopOnAWS(w *world) {
	w.put("data/laptop.csv", devices(7, "leaf"))
	folder, config := w.TempDir(), w.stack.Config
	if _, err := ssm.NewFromConfig(config).PutParameter(w.Context(), &ssm.PutParameterInput{Name: aws.String("/laptop/folder"), Value: &folder, Type: ssmtypes.ParameterTypeSecureString}); err != nil {
		w.Fatal(err)
	}
	if _, err := secretsmanager.NewFromConfig(config).CreateSecret(w.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("laptop"), SecretString: aws.String(`{"file":"assets.db"}`)}); err != nil {
		w.Fatal(err)
	}
	for name, text := range map[string]string{
		"assets.sql": "CREATE TABLE device (name TEXT PRIMARY KEY, site TEXT, role TEXT, serial TEXT);",
		"laptop.yaml": fmt.Sprintf("source: {adapter: file, path: \"s3://%s/data/laptop.csv\"}\ntarget: {adapter: sql, url: \"sqlite:${ssm:/laptop/folder}/${secret:laptop#file}\", schema: assets.sql}\n"+
			"models:\n  device:\n    identifiers: [name]\n    attributes: [site, role, serial]\npolicy: sync\n", w.stack.Outputs["BucketName"]),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			w.Fatal(err)
		}
	}
	job, state := filepath.Join(folder, "laptop.yaml"), filepath.Join(folder, "state")
	contains(w.T, w.plumb(0, "sync", job, "--state", state, "--yes"), "7 changes written")
	contains(w.T, w.plumb(0, "sync", job, "--state", state, "--yes"), "nothing to do")
	if _, err := os.Stat(filepath.Join(folder, "assets.db")); err != nil {
		w.Error(err)
	}
}
