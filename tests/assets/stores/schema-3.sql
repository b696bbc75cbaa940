BEGIN TRANSACTION;
CREATE TABLE epoch (
	trial_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	phase VARCHAR NOT NULL, 
	score FLOAT, 
	metrics JSON NOT NULL, 
	at DATETIME NOT NULL, 
	PRIMARY KEY (trial_id, attempt, step), 
	FOREIGN KEY(trial_id) REFERENCES trial (id)
);
INSERT INTO "epoch" VALUES(1,1,1,'train',6.12719606897117463617e-01,'{"loss": -0.6127196068971175, "fidelity": 0.5}','2026-12-01 06:41:32.679983');
INSERT INTO "epoch" VALUES(1,1,2,'train',6.2802201507059418617e-01,'{"loss": -0.6280220150705942, "fidelity": 1.0}','2026-12-01 06:41:32.680457');
INSERT INTO "epoch" VALUES(2,1,1,'train',1.15972505529783198596e+00,'{"loss": -1.159725055297832, "fidelity": 0.5}','2026-12-01 06:41:32.700616');
INSERT INTO "epoch" VALUES(2,1,2,'train',1.19428911167755535949e+00,'{"loss": -1.1942891116775554, "fidelity": 1.0}','2026-12-01 06:41:32.700849');
INSERT INTO "epoch" VALUES(3,1,1,'train',6.9796517100805555156e-01,'{"loss": -0.6979651710080556, "fidelity": 0.5}','2026-12-01 06:41:32.716606');
INSERT INTO "epoch" VALUES(3,1,2,'train',7.19920480483081659528e-01,'{"loss": -0.7199204804830817, "fidelity": 1.0}','2026-12-01 06:41:32.716891');
INSERT INTO "epoch" VALUES(4,1,1,'train',2.12778607845608735971e+00,'{"loss": -2.1277860784560874, "fidelity": 0.5}','2026-12-01 06:41:32.724499');
INSERT INTO "epoch" VALUES(4,1,2,'train',2.1919034653109585875e+00,'{"loss": -2.1919034653109586, "fidelity": 1.0}','2026-12-01 06:41:32.724715');
INSERT INTO "epoch" VALUES(5,1,1,'train',5.98399728764546279258e-01,'{"loss": -0.5983997287645463, "fidelity": 0.5}','2026-12-01 06:41:32.739116');
INSERT INTO "epoch" VALUES(5,1,2,'train',6.08665499735886461607e-01,'{"loss": -0.6086654997358865, "fidelity": 1.0}','2026-12-01 06:41:32.739350');
CREATE TABLE event (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind VARCHAR NOT NULL, 
	thread_id INTEGER, 
	sprint_id INTEGER, 
	number INTEGER, 
	worker_id INTEGER, 
	payload JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "event" VALUES(1,'2026-12-01 06:41:32.589526','thread.created',1,NULL,NULL,NULL,'{"name": "kept"}');
INSERT INTO "event" VALUES(2,'2026-12-01 06:41:32.601829','sprint.created',1,1,NULL,NULL,'{"label": "1E_v1"}');
INSERT INTO "event" VALUES(3,'2026-12-01 06:41:32.605635','trial.queued',1,1,0,NULL,'{}');
INSERT INTO "event" VALUES(4,'2026-12-01 06:41:32.630460','worker.started',NULL,1,NULL,1,'{"pid": 9420, "slot": 0}');
INSERT INTO "event" VALUES(5,'2026-12-01 06:41:32.645792','trial.running',NULL,1,0,1,'{"attempt": 1, "source": "primed-cold"}');
INSERT INTO "event" VALUES(6,'2026-12-01 06:41:32.677944','sprint.manifest',1,1,NULL,NULL,'{}');
INSERT INTO "event" VALUES(7,'2026-12-01 06:41:32.683849','trial.complete',NULL,1,0,1,'{"score": 0.6280220150705942}');
INSERT INTO "event" VALUES(8,'2026-12-01 06:41:32.698334','trial.running',NULL,1,1,1,'{"attempt": 1, "source": "random"}');
INSERT INTO "event" VALUES(9,'2026-12-01 06:41:32.701311','trial.complete',NULL,1,1,1,'{"score": 1.1942891116775554}');
INSERT INTO "event" VALUES(10,'2026-12-01 06:41:32.715799','trial.running',NULL,1,2,1,'{"attempt": 1, "source": "random"}');
INSERT INTO "event" VALUES(11,'2026-12-01 06:41:32.717370','trial.complete',NULL,1,2,1,'{"score": 0.7199204804830817}');
INSERT INTO "event" VALUES(12,'2026-12-01 06:41:32.723776','trial.running',NULL,1,3,1,'{"attempt": 1, "source": "random"}');
INSERT INTO "event" VALUES(13,'2026-12-01 06:41:32.725143','trial.complete',NULL,1,3,1,'{"score": 2.1919034653109586}');
INSERT INTO "event" VALUES(14,'2026-12-01 06:41:32.730243','trial.running',NULL,1,4,1,'{"attempt": 1, "source": "random"}');
INSERT INTO "event" VALUES(15,'2026-12-01 06:41:32.739858','trial.complete',NULL,1,4,1,'{"score": 0.6086654997358865}');
INSERT INTO "event" VALUES(16,'2026-12-01 06:41:32.742238','sprint.state',1,1,NULL,NULL,'{"before": "running", "state": "done", "why": "budget used"}');
INSERT INTO "event" VALUES(17,'2026-12-01 06:41:32.745193','worker.ended',NULL,1,NULL,1,'{"reason": "the sprint needs no more work"}');
INSERT INTO "event" VALUES(18,'2026-12-01 06:41:32.746596','sprint.extended',1,1,NULL,NULL,'{"by": 2}');
INSERT INTO "event" VALUES(19,'2026-12-01 06:41:32.747526','sprint.reviewed',1,1,NULL,NULL,'{"reviewed": true}');
CREATE TABLE pulse (
	id INTEGER NOT NULL, 
	n INTEGER NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "pulse" VALUES(1,36);
CREATE TABLE run (
	id INTEGER NOT NULL, 
	sprint_id INTEGER NOT NULL, 
	launcher VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	boot_id VARCHAR NOT NULL, 
	pid INTEGER NOT NULL, 
	start_time FLOAT NOT NULL, 
	slots INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	log_path VARCHAR NOT NULL, 
	started_at DATETIME NOT NULL, 
	beat_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(sprint_id) REFERENCES sprint (id)
);
CREATE TABLE space (
	id INTEGER NOT NULL, 
	thread_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	parent_id INTEGER, 
	dimensions JSON NOT NULL, 
	constraints JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (thread_id, number), 
	FOREIGN KEY(thread_id) REFERENCES thread (id), 
	FOREIGN KEY(parent_id) REFERENCES space (id)
);
INSERT INTO "space" VALUES(1,1,1,NULL,'{"x0": {"type": "float", "low": 0.0, "high": 1.0}, "x1": {"type": "float", "low": 0.0, "high": 1.0}, "x2": {"type": "float", "low": 0.0, "high": 1.0}}','[]','2026-12-01 06:41:32.588243');
CREATE TABLE space_edit (
	id INTEGER NOT NULL, 
	thread_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	sprint_id INTEGER, 
	from_space_id INTEGER NOT NULL, 
	to_space_id INTEGER NOT NULL, 
	action VARCHAR NOT NULL, 
	dimension VARCHAR NOT NULL, 
	"before" JSON NOT NULL, 
	"after" JSON NOT NULL, 
	reason VARCHAR NOT NULL, 
	evidence JSON NOT NULL, 
	author VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	undone_at DATETIME, 
	abandoned BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (thread_id, number), 
	FOREIGN KEY(thread_id) REFERENCES thread (id), 
	FOREIGN KEY(sprint_id) REFERENCES sprint (id), 
	FOREIGN KEY(from_space_id) REFERENCES space (id), 
	FOREIGN KEY(to_space_id) REFERENCES space (id)
);
CREATE TABLE sprint (
	id INTEGER NOT NULL, 
	thread_id INTEGER NOT NULL, 
	space_id INTEGER NOT NULL, 
	parent_id INTEGER, 
	replaces_id INTEGER, 
	stage VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	suffix VARCHAR NOT NULL, 
	label VARCHAR NOT NULL, 
	study_key VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	metric VARCHAR NOT NULL, 
	direction VARCHAR NOT NULL, 
	fidelity JSON NOT NULL, 
	settings JSON NOT NULL, 
	sampler VARCHAR NOT NULL, 
	sampler_options JSON NOT NULL, 
	pruner VARCHAR NOT NULL, 
	pruner_options JSON NOT NULL, 
	n_trials INTEGER NOT NULL, 
	n_random INTEGER NOT NULL, 
	seed INTEGER NOT NULL, 
	priming VARCHAR NOT NULL, 
	top_n INTEGER NOT NULL, 
	checkpoint VARCHAR, 
	checkpoint_label VARCHAR NOT NULL, 
	keep_checkpoint_at JSON NOT NULL, 
	keep_top INTEGER NOT NULL, 
	max_seconds FLOAT, 
	max_epoch_equivalents FLOAT, 
	limits JSON NOT NULL, 
	"plan" JSON NOT NULL, 
	slots INTEGER NOT NULL, 
	stop_mode VARCHAR NOT NULL, 
	pause_mode VARCHAR NOT NULL, 
	reviewed_at DATETIME, 
	failure VARCHAR NOT NULL, 
	manifest JSON NOT NULL, 
	sampler_state JSON NOT NULL, 
	ask_owner INTEGER, 
	ask_token INTEGER NOT NULL, 
	ask_until DATETIME, 
	queued_at DATETIME, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (thread_id, label), 
	FOREIGN KEY(thread_id) REFERENCES thread (id), 
	FOREIGN KEY(space_id) REFERENCES space (id), 
	FOREIGN KEY(parent_id) REFERENCES sprint (id)
);
INSERT INTO "sprint" VALUES(1,1,1,NULL,NULL,'1E',1,'','1E_v1','1E_v1','done','negated_value','maximize','{"max_epochs": 2}','{}','random','{}','none','{}',7,9,7,'none',0,NULL,'E0_S0','[]',0,NULL,NULL,'{}','{}',1,'','','2026-12-01 06:41:32.747491','','{"function": "hartmann3", "n_train": 600, "n_val": 300, "data_hash": "hartmann3", "python": "3.11.7", "versions": {"trimtab": "0.1.0", "torch": "2.13.0", "pytorch-lightning": "2.6.6", "transformers": "5.24.0", "spacy": "3.8.18", "optuna": "5.0.0", "scikit-optimize": "0.10.2", "scikit-learn": "1.9.1", "numpy": "2.4.6", "scipy": "1.17.1", "sqlmodel": "0.0.50"}, "host": "vm", "platform": "Linux-6.18.44-fc-v669-x86_64-with-glibc2.36", "cpus": 2, "cpu": "AMD EPYC", "memory_gb": 23.5, "device": "cpu", "gpus": [], "environment": {"CUDA_VISIBLE_DEVICES": ""}, "git": {}, "argv": ["schema-3.sql"]}','{}',NULL,4,NULL,NULL,'2026-12-01 06:41:32.593529',NULL,'2026-12-01 06:41:32.742200');
CREATE TABLE thread (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	objective VARCHAR NOT NULL, 
	options JSON NOT NULL, 
	stages JSON NOT NULL, 
	base_dir VARCHAR NOT NULL, 
	metric VARCHAR NOT NULL, 
	direction VARCHAR NOT NULL, 
	head_space_id INTEGER, 
	checkpoint VARCHAR, 
	checkpoint_label VARCHAR NOT NULL, 
	notes VARCHAR NOT NULL, 
	archived BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "thread" VALUES(1,'kept','engine.objectives.synthetic:Synthetic','{"model": {"function": "hartmann3"}, "data": {}}','{}','/nowhere','negated_value','maximize',1,NULL,'E0_S0','',0,'2026-12-01 06:41:32.577929');
CREATE TABLE trial (
	id INTEGER NOT NULL, 
	sprint_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	source_trial_id INTEGER, 
	params JSON NOT NULL, 
	score FLOAT, 
	last_score FLOAT, 
	best_step INTEGER, 
	seed INTEGER NOT NULL, 
	train_fold INTEGER NOT NULL, 
	val_fold INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	token INTEGER NOT NULL, 
	worker_id INTEGER, 
	lease_until DATETIME, 
	stop_requested BOOLEAN NOT NULL, 
	epoch INTEGER NOT NULL, 
	n_epochs INTEGER NOT NULL, 
	fraction FLOAT NOT NULL, 
	message VARCHAR NOT NULL, 
	phase VARCHAR NOT NULL, 
	n_reports INTEGER NOT NULL, 
	n_failures INTEGER NOT NULL, 
	error_kind VARCHAR NOT NULL, 
	error_text VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	checkpoint VARCHAR, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	beat_at DATETIME, 
	finished_at DATETIME, 
	seconds FLOAT, 
	n_rejected INTEGER NOT NULL, 
	findings JSON DEFAULT '[]' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (sprint_id, number), 
	FOREIGN KEY(sprint_id) REFERENCES sprint (id), 
	FOREIGN KEY(source_trial_id) REFERENCES trial (id)
);
INSERT INTO "trial" VALUES(1,1,0,'complete','primed-cold',NULL,'{"x0": 0.5, "x1": 0.5, "x2": 0.5}',6.2802201507059418617e-01,6.2802201507059418617e-01,NULL,203958954,0,0,1,1,1,NULL,0,2,2,0.0,'','train',2,0,'','','',NULL,'2026-12-01 06:41:32.593859','2026-12-01 06:41:32.644232','2026-12-01 06:41:32.680457','2026-12-01 06:41:32.683195',3.6478347999945981428e-02,0,'[]');
INSERT INTO "trial" VALUES(2,1,1,'complete','random',NULL,'{"x0": 0.06522569165741976, "x1": 0.44023302829122735, "x2": 0.6048841709491989}',1.19428911167755535949e+00,1.19428911167755535949e+00,NULL,1775178829,0,0,1,1,1,NULL,0,2,2,0.0,'','train',2,0,'','','',NULL,'2026-12-01 06:41:32.697257','2026-12-01 06:41:32.697257','2026-12-01 06:41:32.700849','2026-12-01 06:41:32.701196',7.13630997779546305537e-04,0,'[]');
INSERT INTO "trial" VALUES(3,1,2,'complete','random',NULL,'{"x0": 0.4356171856600649, "x1": 0.122526445212634, "x2": 0.7924614455412426}',7.19920480483081659528e-01,7.19920480483081659528e-01,NULL,792622198,0,0,1,1,1,NULL,0,2,2,0.0,'','train',2,0,'','','',NULL,'2026-12-01 06:41:32.715040','2026-12-01 06:41:32.715040','2026-12-01 06:41:32.716891','2026-12-01 06:41:32.717227',7.51637999201193451881e-04,0,'[]');
INSERT INTO "trial" VALUES(4,1,3,'complete','random',NULL,'{"x0": 0.2637256081948809, "x1": 0.38155598233645494, "x2": 0.7278835061110128}',2.1919034653109585875e+00,2.1919034653109585875e+00,NULL,1904568210,0,0,1,1,1,NULL,0,2,2,0.0,'','train',2,0,'','','',NULL,'2026-12-01 06:41:32.722230','2026-12-01 06:41:32.722230','2026-12-01 06:41:32.724715','2026-12-01 06:41:32.725034',6.38078996416879817843e-04,0,'[]');
INSERT INTO "trial" VALUES(5,1,4,'complete','random',NULL,'{"x0": 0.054632780697347116, "x1": 0.846007738959764, "x2": 0.32484258012329925}',6.08665499735886461607e-01,6.08665499735886461607e-01,NULL,1050724924,0,0,1,1,1,NULL,0,2,2,0.0,'','train',2,0,'','','',NULL,'2026-12-01 06:41:32.729651','2026-12-01 06:41:32.729651','2026-12-01 06:41:32.739350','2026-12-01 06:41:32.739714',7.27050999557832255959e-04,0,'[]');
CREATE TABLE trimtab_schema (
	version INTEGER NOT NULL, 
	applied_at DATETIME NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "trimtab_schema" VALUES(1,'2026-12-01 06:41:32.515699');
INSERT INTO "trimtab_schema" VALUES(2,'2026-12-01 06:41:32.517028');
INSERT INTO "trimtab_schema" VALUES(3,'2026-12-01 06:41:32.517378');
CREATE TABLE worker (
	id INTEGER NOT NULL, 
	sprint_id INTEGER NOT NULL, 
	run_id INTEGER, 
	slot INTEGER NOT NULL, 
	device VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	boot_id VARCHAR NOT NULL, 
	pid INTEGER NOT NULL, 
	start_time FLOAT NOT NULL, 
	state VARCHAR NOT NULL, 
	log_path VARCHAR NOT NULL, 
	started_at DATETIME NOT NULL, 
	beat_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	reason VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(sprint_id) REFERENCES sprint (id)
);
INSERT INTO "worker" VALUES(1,1,NULL,0,'cpu','vm','adc7c8c3-b10f-4a0d-b2b4-0434e60a71f8/pid:[4026531836]/529de9ea77cddfb6',9420,3235526.0,'ended','/old/ws/logs/worker-1-0.log','2026-12-01 06:41:32.628774','2026-12-01 06:41:32.628788','2026-12-01 06:41:32.745145','the sprint needs no more work');
CREATE INDEX ix_event_sprint_id ON event (sprint_id);
CREATE INDEX ix_space_thread_id ON space (thread_id);
CREATE INDEX ix_sprint_label ON sprint (label);
CREATE INDEX ix_sprint_thread_id ON sprint (thread_id);
CREATE INDEX ix_space_edit_thread_id ON space_edit (thread_id);
CREATE INDEX trial_by_state ON trial (sprint_id, state);
CREATE INDEX ix_run_sprint_id ON run (sprint_id);
CREATE INDEX ix_worker_sprint_id ON worker (sprint_id);
COMMIT;
