// Vault's own KV engine, version 2, behind Vault's HTTP shapes, for the system tests of the `vault` connector. The engine is
// the vendor's code as it is; tokens, exact-path policies, `sys/health` and `sys/capabilities-self` are ours.
//
//	vault-kv PORT CLUSTER-ID ROOT-TOKEN
//
// `POST /v1/sys/policy-token` by the root: `{"token": T, "paths": {"secret/data/x": ["patch"]}}`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	log "github.com/hashicorp/go-hclog"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/sdk/logical"
)

const mount = "secret/"

type policy map[string][]string

type server struct {
	cluster, root string
	engine        logical.Backend
	storage       logical.Storage
	mutex         sync.Mutex
	tokens        map[string]policy
}

var operations = map[string]logical.Operation{
	"GET": logical.ReadOperation, "POST": logical.UpdateOperation, "PUT": logical.UpdateOperation,
	"PATCH": logical.PatchOperation, "DELETE": logical.DeleteOperation,
}
var capabilities = map[string]string{"GET": "read", "POST": "update", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}
func refuse(w http.ResponseWriter, status int, says ...string) {
	answer(w, status, map[string]any{"errors": append([]string{}, says...)})
}

func (s *server) held(token, path string) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if token == s.root {
		return []string{"root"}
	}
	if found := s.tokens[token][path]; len(found) > 0 {
		return found
	}
	return []string{"deny"}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	if path == "sys/health" {
		answer(w, 200, map[string]any{"initialized": true, "sealed": false, "standby": false, "cluster_id": s.cluster, "version": "kv"})
		return
	}
	token := r.Header.Get("x-vault-token")
	s.mutex.Lock()
	_, known := s.tokens[token]
	s.mutex.Unlock()
	if !known && token != s.root {
		refuse(w, 403, "permission denied")
		return
	}
	body := map[string]any{}
	if r.Method != "GET" && r.Method != "DELETE" {
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body); err != nil {
			refuse(w, 400, "error parsing JSON")
			return
		}
	}
	if r.Method == "GET" {
		for key := range r.URL.Query() {
			body[key] = r.URL.Query().Get(key)
		}
	}
	switch path {
	case "sys/policy-token":
		if token != s.root {
			refuse(w, 403, "permission denied")
			return
		}
		made := policy{}
		for at, list := range body["paths"].(map[string]any) {
			for _, one := range list.([]any) {
				made[at] = append(made[at], one.(string))
			}
		}
		s.mutex.Lock()
		s.tokens[body["token"].(string)] = made
		s.mutex.Unlock()
		answer(w, 204, nil)
		return
	case "sys/capabilities-self":
		data := map[string]any{}
		for _, at := range body["paths"].([]any) {
			data[at.(string)] = s.held(token, at.(string))
		}
		answer(w, 200, map[string]any{"data": data})
		return
	}
	may := s.held(token, path)
	if !slices.Contains(may, "root") && !slices.Contains(may, capabilities[r.Method]) {
		refuse(w, 403, "1 error occurred:\n\t* permission denied\n\n")
		return
	}
	inside, ok := strings.CutPrefix(path, mount)
	operation, isKnown := operations[r.Method]
	if !ok || !isKnown {
		refuse(w, 404)
		return
	}
	if operation == logical.PatchOperation && r.Header.Get("content-type") != "application/merge-patch+json" {
		refuse(w, 415, "PATCH requires Content-Type of application/merge-patch+json")
		return
	}
	request := &logical.Request{ID: "request", Operation: operation, Path: inside, Data: body, Storage: s.storage, MountPoint: mount}
	if operation == logical.UpdateOperation {
		// Where a path has no existence check, as of `destroy`, an update is an update.
		if isChecked, exists, _ := s.engine.HandleExistenceCheck(context.Background(), request); isChecked && !exists {
			request.Operation = logical.CreateOperation
		}
	}
	response, err := s.engine.HandleRequest(context.Background(), request)
	s.reply(w, operation, response, err)
}

// As Vault's own HTTP layer turns what an engine says into an answer.
func (s *server) reply(w http.ResponseWriter, operation logical.Operation, response *logical.Response, err error) {
	switch {
	case response != nil && response.IsError():
		refuse(w, 400, response.Error().Error())
	case errors.Is(err, logical.ErrUnsupportedOperation), errors.Is(err, logical.ErrUnsupportedPath):
		refuse(w, 405, err.Error())
	case err != nil:
		refuse(w, 500, err.Error())
	case response == nil && operation == logical.ReadOperation:
		refuse(w, 404)
	case response == nil:
		answer(w, 204, nil)
	default:
		if status, ok := response.Data[logical.HTTPStatusCode].(int); ok {
			text, _ := response.Data[logical.HTTPRawBody].(string)
			w.Header().Set("content-type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
			return
		}
		answer(w, 200, map[string]any{"data": response.Data})
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "vault-kv PORT CLUSTER-ID ROOT-TOKEN")
		os.Exit(2)
	}
	storage := &logical.InmemStorage{}
	engine, err := kv.Factory(context.Background(), &logical.BackendConfig{
		StorageView: storage,
		Logger:      log.NewNullLogger(),
		System:      &logical.StaticSystemView{},
		BackendUUID: "engine",
		Config:      map[string]string{"version": "2"},
	})
	if err == nil {
		err = engine.Initialize(context.Background(), &logical.InitializationRequest{Storage: storage})
	}
	if err == nil {
		served := &server{cluster: os.Args[2], root: os.Args[3], engine: engine, storage: storage, tokens: map[string]policy{}}
		err = http.ListenAndServe("127.0.0.1:"+os.Args[1], served)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
