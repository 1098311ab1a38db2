"""What the programs of each release know: flags of the control plane, admission plugins, feature gates of the kubelet.

Pure. A flag that its program calls deprecated is left out. A test compares the lists with every program's own --help.
"""

from collections.abc import Mapping

_EVERY = "every release"

_API_SERVER: Mapping[str, str] = {
    _EVERY: """
        admission-control-config-file advertise-address aggregator-reject-forwarding-redirect allow-metric-labels
        allow-metric-labels-manifest allow-privileged anonymous-auth api-audiences audit-log-batch-buffer-size
        audit-log-batch-max-size audit-log-batch-max-wait audit-log-batch-throttle-burst
        audit-log-batch-throttle-enable audit-log-batch-throttle-qps audit-log-compress audit-log-format
        audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-mode audit-log-path
        audit-log-truncate-enabled audit-log-truncate-max-batch-size audit-log-truncate-max-event-size
        audit-log-version audit-policy-file audit-webhook-batch-buffer-size audit-webhook-batch-max-size
        audit-webhook-batch-max-wait audit-webhook-batch-throttle-burst audit-webhook-batch-throttle-enable
        audit-webhook-batch-throttle-qps audit-webhook-config-file audit-webhook-initial-backoff audit-webhook-mode
        audit-webhook-truncate-enabled audit-webhook-truncate-max-batch-size audit-webhook-truncate-max-event-size
        audit-webhook-version authentication-config authentication-token-webhook-cache-ttl
        authentication-token-webhook-config-file authentication-token-webhook-version authorization-config
        authorization-mode authorization-policy-file authorization-webhook-cache-authorized-ttl
        authorization-webhook-cache-unauthorized-ttl authorization-webhook-config-file authorization-webhook-version
        bind-address cert-dir client-ca-file contention-profiling coordinated-leadership-lease-duration
        coordinated-leadership-renew-deadline coordinated-leadership-retry-period cors-allowed-origins
        debug-socket-path default-not-ready-toleration-seconds default-unreachable-toleration-seconds
        delete-collection-workers disable-admission-plugins disable-http2-serving disabled-metrics
        egress-selector-config-file emulated-version emulation-forward-compatible enable-admission-plugins
        enable-aggregator-routing enable-bootstrap-token-auth enable-garbage-collector enable-priority-and-fairness
        encryption-provider-config encryption-provider-config-automatic-reload endpoint-reconciler-type etcd-cafile
        etcd-certfile etcd-compaction-interval etcd-count-metric-poll-period etcd-db-metric-poll-interval
        etcd-healthcheck-timeout etcd-keyfile etcd-prefix etcd-readycheck-timeout etcd-servers etcd-servers-overrides
        event-ttl external-hostname feature-gates goaway-chance http2-max-streams-per-connection
        kubelet-certificate-authority kubelet-client-certificate kubelet-client-key kubelet-preferred-address-types
        kubelet-timeout kubernetes-service-node-port lease-reuse-duration-seconds livez-grace-period
        log-flush-frequency log-json-info-buffer-size log-json-split-stream log-text-info-buffer-size
        log-text-split-stream logging-format max-connection-bytes-per-sec max-mutating-requests-inflight
        max-requests-inflight min-compatibility-version min-request-timeout oidc-ca-file oidc-client-id
        oidc-groups-claim oidc-groups-prefix oidc-issuer-url oidc-required-claim oidc-signing-algs oidc-username-claim
        oidc-username-prefix peer-advertise-ip peer-advertise-port peer-ca-file permit-address-sharing
        permit-port-sharing profiling proxy-client-cert-file proxy-client-key-file request-timeout
        requestheader-allowed-names requestheader-client-ca-file requestheader-extra-headers-prefix
        requestheader-group-headers requestheader-uid-headers requestheader-username-headers runtime-config
        runtime-config-emulation-forward-compatible secure-port service-account-extend-token-expiration
        service-account-issuer service-account-jwks-uri service-account-key-file service-account-lookup
        service-account-max-token-expiration service-account-signing-endpoint service-account-signing-key-file
        service-cluster-ip-range service-node-port-range show-hidden-metrics-for-version shutdown-delay-duration
        shutdown-send-retry-after shutdown-watch-termination-grace-period storage-backend
        storage-initialization-timeout storage-media-type strict-transport-security-directives tls-cert-file
        tls-cipher-suites tls-min-version tls-private-key-file tls-sni-cert-key token-auth-file tracing-config-file v
        vmodule watch-cache watch-cache-sizes
    """,
    "v1.36": """
        tls-curve-preferences
    """,
    "v1.37": """
        enable-logs-handler tls-curve-preferences
    """,
}

_CONTROLLER_MANAGER: Mapping[str, str] = {
    _EVERY: """
        allocate-node-cidrs allow-metric-labels allow-metric-labels-manifest attach-detach-reconcile-sync-period
        authentication-kubeconfig authentication-skip-lookup authentication-token-webhook-cache-ttl
        authentication-tolerate-lookup-failure authorization-always-allow-paths authorization-kubeconfig
        authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl bind-address cert-dir
        cidr-allocator-type client-ca-file cloud-config cloud-provider cluster-cidr cluster-name
        cluster-signing-cert-file cluster-signing-duration cluster-signing-key-file
        cluster-signing-kube-apiserver-client-cert-file cluster-signing-kube-apiserver-client-key-file
        cluster-signing-kubelet-client-cert-file cluster-signing-kubelet-client-key-file
        cluster-signing-kubelet-serving-cert-file cluster-signing-kubelet-serving-key-file
        cluster-signing-legacy-unknown-cert-file cluster-signing-legacy-unknown-key-file concurrent-cron-job-syncs
        concurrent-daemonset-syncs concurrent-deployment-syncs concurrent-device-taint-eviction-syncs
        concurrent-endpoint-syncs concurrent-ephemeralvolume-syncs concurrent-gc-syncs
        concurrent-horizontal-pod-autoscaler-syncs concurrent-job-syncs concurrent-namespace-syncs concurrent-rc-syncs
        concurrent-replicaset-syncs concurrent-resource-quota-syncs concurrent-service-endpoint-syncs
        concurrent-serviceaccount-token-syncs concurrent-statefulset-syncs concurrent-ttl-after-finished-syncs
        concurrent-validating-admission-policy-status-syncs configure-cloud-routes contention-profiling
        controller-shutdown-timeout controller-start-interval controllers disable-attach-detach-reconcile-sync
        disable-force-detach-on-timeout disable-http2-serving disabled-metrics emulated-version
        enable-dynamic-provisioning enable-garbage-collector enable-hostpath-provisioner enable-leader-migration
        endpoint-updates-batch-period endpointslice-updates-batch-period external-cloud-volume-plugin feature-gates
        flex-volume-plugin-dir horizontal-pod-autoscaler-cpu-initialization-period
        horizontal-pod-autoscaler-downscale-stabilization horizontal-pod-autoscaler-initial-readiness-delay
        horizontal-pod-autoscaler-sync-period horizontal-pod-autoscaler-tolerance http2-max-streams-per-connection
        kube-api-burst kube-api-content-type kube-api-qps kubeconfig large-cluster-size-threshold leader-elect
        leader-elect-lease-duration leader-elect-renew-deadline leader-elect-resource-lock leader-elect-resource-name
        leader-elect-resource-namespace leader-elect-retry-period leader-migration-config
        legacy-service-account-token-clean-up-period log-flush-frequency log-json-info-buffer-size
        log-json-split-stream log-text-info-buffer-size log-text-split-stream logging-format master
        max-endpoints-per-slice min-compatibility-version min-resync-period
        mirroring-concurrent-service-endpoint-syncs mirroring-endpointslice-updates-batch-period
        mirroring-max-endpoints-per-subset namespace-sync-period node-cidr-mask-size node-cidr-mask-size-ipv4
        node-cidr-mask-size-ipv6 node-eviction-rate node-monitor-grace-period node-monitor-period
        node-startup-grace-period permit-address-sharing permit-port-sharing profiling
        pv-recycler-increment-timeout-nfs pv-recycler-minimum-timeout-hostpath pv-recycler-minimum-timeout-nfs
        pv-recycler-pod-template-filepath-hostpath pv-recycler-pod-template-filepath-nfs
        pv-recycler-timeout-increment-hostpath pvclaimbinder-sync-period requestheader-allowed-names
        requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers
        requestheader-uid-headers requestheader-username-headers resource-quota-sync-period root-ca-file
        route-reconciliation-period secondary-node-eviction-rate secure-port service-account-private-key-file
        service-cluster-ip-range show-hidden-metrics-for-version terminated-pod-gc-threshold tls-cert-file
        tls-cipher-suites tls-min-version tls-private-key-file tls-sni-cert-key unhealthy-zone-threshold
        use-service-account-credentials v vmodule
    """,
    "v1.35": """
        concurrent-service-syncs
    """,
    "v1.36": """
        concurrent-resourceclaim-syncs concurrent-service-syncs tls-curve-preferences
    """,
    "v1.37": """
        concurrent-disruption-syncs concurrent-resourceclaim-syncs tls-curve-preferences
    """,
}

_SCHEDULER: Mapping[str, str] = {
    _EVERY: """
        allow-metric-labels allow-metric-labels-manifest authentication-kubeconfig authentication-skip-lookup
        authentication-token-webhook-cache-ttl authentication-tolerate-lookup-failure authorization-always-allow-paths
        authorization-kubeconfig authorization-webhook-cache-authorized-ttl
        authorization-webhook-cache-unauthorized-ttl bind-address cert-dir client-ca-file config disable-http2-serving
        disabled-metrics emulated-version feature-gates http2-max-streams-per-connection leader-elect
        leader-elect-lease-duration leader-elect-renew-deadline leader-elect-resource-lock leader-elect-resource-name
        leader-elect-resource-namespace leader-elect-retry-period log-flush-frequency log-json-info-buffer-size
        log-json-split-stream log-text-info-buffer-size log-text-split-stream logging-format master
        min-compatibility-version permit-address-sharing permit-port-sharing requestheader-allowed-names
        requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers
        requestheader-uid-headers requestheader-username-headers secure-port show-hidden-metrics-for-version
        tls-cert-file tls-cipher-suites tls-min-version tls-private-key-file tls-sni-cert-key v vmodule
    """,
    "v1.36": """
        tls-curve-preferences
    """,
    "v1.37": """
        tls-curve-preferences
    """,
}

_ADMISSION_PLUGINS: Mapping[str, str] = {
    _EVERY: """
        AlwaysAdmit AlwaysDeny AlwaysPullImages CertificateApproval CertificateSigning CertificateSubjectRestriction
        ClusterTrustBundleAttest DefaultIngressClass DefaultStorageClass DefaultTolerationSeconds
        DenyServiceExternalIPs EventRateLimit ExtendedResourceToleration ImagePolicyWebhook
        LimitPodHardAntiAffinityTopology LimitRanger MutatingAdmissionPolicy MutatingAdmissionWebhook
        NamespaceAutoProvision NamespaceExists NamespaceLifecycle NodeDeclaredFeatureValidator NodeRestriction
        OwnerReferencesPermissionEnforcement PersistentVolumeClaimResize PodNodeSelector PodSecurity
        PodTolerationRestriction PodTopologyLabels Priority ResourceQuota RuntimeClass ServiceAccount
        StorageObjectInUseProtection TaintNodesByCondition ValidatingAdmissionPolicy ValidatingAdmissionWebhook
    """,
    "v1.36": """
        JobValidation PodGroupProtection PodGroupWorkloadExists PodResizeValidator
    """,
    "v1.37": """
        PodGroupProtection PodResizeValidator
    """,
}

_KUBELET_FEATURE_GATES: Mapping[str, str] = {
    _EVERY: """
        APIResponseCompression APIServerIdentity APIServingWithRoutine AllAlpha AllBeta
        AllowParsingUserUIDFromCertAuth AllowUnsafeMalformedObjectDeletion
        AuthorizePodWebsocketUpgradeCreatePermission CBORServingAndStorage CPUManagerPolicyAlphaOptions
        CPUManagerPolicyBetaOptions CRDObservedGenerationTracking CSIVolumeHealth
        ClearingNominatedNodeNameAfterBinding ClientsAllowCBOR ClientsPreferCBOR
        CloudControllerManagerWatchBasedRoutesReconciliation CloudControllerManagerWebhook ComponentFlagz
        ComponentStatusz ConcurrentWatchObjectDecode ConstrainedImpersonation ContainerCheckpoint
        ContainerRestartRules ContainerStopSignals ContextualLogging CoordinatedLeaderElection
        CrossNamespaceVolumeDataSource DRAConsumableCapacity DRADeviceBindingConditions DRAPartitionableDevices
        DRASchedulerFilterTimeout DeploymentReplicaSetTerminatingReplicas DetectCacheInconsistency EnvFiles
        EventedPLEG GenericWorkload GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority HPAScaleToZero
        InOrderInformersBatchProcess InPlacePodLevelResourcesVerticalScaling InPlacePodVerticalScalingExclusiveCPUs
        InPlacePodVerticalScalingExclusiveMemory KubeletCrashLoopBackOffMax KubeletEnsureSecretPulledImages
        KubeletInUserNamespace KubeletSeparateDiskGC KubeletServiceAccountTokenForCredentialProviders
        ListFromCacheSnapshot LocalStorageCapacityIsolationFSQuotaMonitoring LoggingAlphaOptions LoggingBetaOptions
        MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge MaxUnavailableStatefulSet
        MemoryQoS MutablePVNodeAffinity MutablePodResourcesForSuspendedJobs
        MutableSchedulingDirectivesForSuspendedJobs NominatedNodeNameForExpectation OpenAPIEnums OpportunisticBatching
        PodAndContainerStatsFromCRI PodDeletionCost PodLevelResources PodLogsQuerySplitStreams
        PodTopologyLabelsAdmission PortForwardWebsockets QOSReserved ReduceDefaultCrashLoopBackOffDecay
        ReloadKubeletServerCertificateFile RemoteRequestHeaderUID ResourceHealthStatus
        RestartAllContainersOnContainerExits RotateKubeletServerCertificate RuntimeClassInImageCriApi
        SchedulerAsyncAPICalls SchedulerAsyncPreemption SchedulerPopFromBackoffQ ServiceAccountNodeAudienceRestriction
        SizeBasedListCostEstimate StatefulSetSemanticRevisionComparison StorageCapacityScoring StorageVersionAPI
        StorageVersionHash StrictIPCIDRValidation StructuredAuthenticationConfigurationEgressSelector
        StructuredAuthenticationConfigurationJWKSMetrics TaintTolerationComparisonOperators
        TokenRequestServiceAccountUIDValidation TopologyManagerPolicyAlphaOptions TopologyManagerPolicyBetaOptions
        TranslateStreamCloseWebsocketRequests UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy
        UserNamespacesHostNetworkSupport VolumeLimitScaling WatchList WatchListClient WindowsCPUAndMemoryAffinity
        WindowsGracefulNodeShutdown
    """,
    "v1.35": """
        CSIServiceAccountTokenSecrets ClusterTrustBundle ClusterTrustBundleProjection CustomCPUCFSQuotaPeriod
        DRAAdminAccess DRADeviceTaintRules DRADeviceTaints DRAExtendedResource DRAPrioritizedList
        DRAResourceClaimDeviceStatus DeclarativeValidation DeclarativeValidationTakeover
        DisableCPUQuotaWithExclusiveCPUs ExternalServiceAccountTokenSigner GangScheduling HPAConfigurableTolerance
        HostnameOverride ImageVolume InOrderInformers InTreePluginPortworxUnregister KubeletFineGrainedAuthz
        KubeletPSI KubeletPodResourcesDynamicResources KubeletPodResourcesGet MutableCSINodeAllocatableCount
        MutatingAdmissionPolicy NodeDeclaredFeatures NodeLogQuery PodCertificateRequest
        PodReadyToStartContainersCondition PreventStaticPodAPIReferences ProcMountType RelaxedServiceNameValidation
        SELinuxChangePolicy SELinuxMount SELinuxMountReadWriteOncePod StorageVersionMigrator UserNamespacesSupport
        WatchCacheInitializationPostStartHook
    """,
    "v1.36": """
        AtomicFIFO CRIListStreaming ClientsAllowCARotation ClientsAllowTLSCacheGC ClusterTrustBundle
        ClusterTrustBundleProjection ControllerManagerReleaseLeaderElectionLockOnExit DRADeviceTaintRules
        DRADeviceTaints DRAExtendedResource DRAListTypeAttributes DRANodeAllocatableResources
        DRAResourceClaimDeviceStatus DRAResourceClaimGranularStatusAuthorization DRAResourcePoolStatus
        DRAWorkloadResourceClaims DeclarativeValidationBeta ExtendWebSocketsToKubelet GangScheduling
        HPAConfigurableTolerance HostnameOverride ImageVolumeWithDigest InPlacePodVerticalScalingInitContainers
        ManifestBasedAdmissionControlConfig NativeHistograms NodeDeclaredFeatures PLEGOnDemandRelist
        PersistentVolumeClaimUnusedSinceTime PodCertificateRequest PodLevelResourceManagers
        PodReadyToStartContainersCondition PodsAPI PreventStaticPodAPIReferences RelaxedServiceNameValidation
        ReloadKubeletClientCAFile ResourceHealthStatusMessage SELinuxMount ShardedListAndWatch
        StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet
        StaleControllerConsistencyStatefulSet StorageVersionMigrator TopologyAwareWorkloadScheduling
        UnlockWhileProcessingFIFO WatchCacheInitializationPostStartHook WorkloadAwarePreemption WorkloadWithJob
    """,
    "v1.37": """
        APIServerWebhookAuthenticationToken AtomicFIFO AtomicWriteVolumeUserFields CRIListStreaming
        ClientsAllowCARotation ClientsAllowTLSCacheGC CompositePodGroup ConsistentListFromCacheSkipTimeoutFallback
        ControllerManagerReleaseLeaderElectionLockOnExit DRADerivedAttributes DRADeviceCompatibilityGroups
        DRAFractionalCapacityRange DRAListTypeAttributes DRANodeAllocatableResources DRAOptionalNodeOperations
        DRAPartitionableDevicesType DRAResourceClaimGranularStatusAuthorization DRAResourcePoolStatus
        DRAWorkloadResourceClaims DeclarativeValidationBeta DefaultPodSysctls EmptyDirVolumeMode EtcdRangeStream
        EvictionRequestAPI ExcludeAdmissionWebhookVirtualResources ExtendWebSocketsToKubelet GRPCContainerProbeTLS
        H2CContainerProbe HPAGeneration HPAOptimizedSelectorStore HugepageAwareEviction ImageVolumeWithDigest
        InPlacePodVerticalScalingMemoryBackedVolumes InPlacePodVerticalScalingSchedulerPreemption
        InterPodAffinityHostnameFastPath KubeProxyNFTablesLocalhostNodePorts KubeletAllocatedPodsEndpoint
        ManifestBasedAdmissionControlConfig NFTablesNetlink NativeHistograms NodeControllerLeaseCircuitBreaker
        NodeLifecycleConditions PersistentVolumeClaimUnusedSinceTime PodGroupPreemptionPolicy PodLevelResourceManagers
        PodLevelResourcesFixDefaulting PodLevelResourcesFixKubeletQOSClass PodsAPI ReloadKubeletClientCAFile
        ResourceHealthStatusMessage SchedulerPreQueueingHints ShardedListAndWatch StaleControllerConsistencyDaemonSet
        StaleControllerConsistencyHPA StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet
        StaleControllerConsistencyStatefulSet StatefulSetRecreateStrategy TopologyAwareWorkloadScheduling
        UnlockWhileProcessingFIFO VolumeBindMountOptions WatchListCompression WebhookRoundTripLoadBalancing
        WorkloadWithJob
    """,
}

_FLAGS = {
    "kube-apiserver": _API_SERVER,
    "kube-controller-manager": _CONTROLLER_MANAGER,
    "kube-scheduler": _SCHEDULER,
}


def flags(program: str, minor: str) -> frozenset[str]:
    """Flags of a program of the control plane in a minor release, such as `v1.36`, without dashes."""
    return _of(_FLAGS[program], minor)


def admission_plugins(minor: str) -> frozenset[str]:
    """Names that the API server's `enable-admission-plugins` takes."""
    return _of(_ADMISSION_PLUGINS, minor)


def kubelet_feature_gates(minor: str) -> frozenset[str]:
    """Feature gates that the kubelet's configuration may set."""
    return _of(_KUBELET_FEATURE_GATES, minor)


def _of(lists: Mapping[str, str], minor: str) -> frozenset[str]:
    return frozenset(f"{lists[_EVERY]} {lists.get(minor, '')}".split())
