using System.Diagnostics;
using System.Globalization;

namespace MnistAdder.Cluster;

/// <summary>A Slurm cluster on this machine: a controller and nodes of one processor each. All of it ends with this.</summary>
internal sealed class SlurmCluster : IDisposable
{
    private const int FirstPort = 17000;

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _others = [];
    private readonly Process?[] _nodes;

    /// <summary>Starts a cluster and waits until its nodes are idle.</summary>
    /// <exception cref="InvalidOperationException">It didn't start.</exception>
    public SlurmCluster(int nodes)
    {
        _nodes = new Process?[nodes];
        foreach (string folder in Enumerable.Range(1, nodes).Select(node => $"spool-n{node}").Append("state"))
            Directory.CreateDirectory(_folder[folder]);
        string configuration = _folder["slurm.conf"];
        // A node's name isn't the machine's; a requeued task waits ten seconds instead of two minutes.
        File.WriteAllText(configuration, string.Create(CultureInfo.InvariantCulture, $"""
            ClusterName=mnist
            SlurmctldHost=localhost
            SlurmctldPort={FirstPort}
            SlurmUser=root
            AuthType=auth/munge
            AuthInfo=cred_expire=10
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            MpiDefault=none
            SwitchType=switch/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            StateSaveLocation={_folder["state"]}
            SlurmdSpoolDir={_folder["spool-%n"]}
            SlurmctldPidFile={_folder["slurmctld.pid"]}
            SlurmdPidFile={_folder["slurmd-%n.pid"]}
            SlurmctldLogFile={_folder["slurmctld.log"]}
            SlurmdLogFile={_folder["slurmd-%n.log"]}
            SlurmdTimeout=10
            ReturnToService=2
            KillWait=5
            MinJobAge=600
            {string.Join('\n', Enumerable.Range(1, nodes).Select(node => $"NodeName=n{node} NodeAddr=127.0.0.1 NodeHostname=localhost Port={FirstPort + node} CPUs=1"))}
            PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """));
        Environment.SetEnvironmentVariable("SLURM_CONF", configuration);
        StartMunge();
        _others.Add(Start("slurmctld", "-D", "-f", configuration));
        for (int node = 1; node <= nodes; node++)
            StartNode(node);
        WaitFor(() => Nodes().Count(state => state == "idle") == nodes, TimeSpan.FromSeconds(60), () => $"The nodes are {string.Join(", ", Nodes())}. {Tail("slurmctld.log")}{Tail("slurmd-n1.log")}");
    }

    /// <summary>Where tasks' logs go.</summary>
    public string Logs => _folder.Path;

    /// <summary>How many nodes there are.</summary>
    public int Size => _nodes.Length;

    /// <summary>Submits a job.</summary>
    /// <returns>Its number.</returns>
    public static string Submit(params string[] arguments) => Shell.Run("sbatch", ["--parsable", .. arguments]).Trim();

    /// <summary>Waits until no task of a job waits or runs.</summary>
    public static void Wait(string job) => WaitFor(() => Shell.TryRun("squeue", "--noheader", "--jobs", job) is var (exitCode, output) && (exitCode != 0 || output.Trim().Length == 0), TimeSpan.FromHours(2), () => $"Job {job} doesn't end.");

    /// <summary>Tasks of a job that run: <c>12_3</c>.</summary>
    public static string[] Running(string job) => Shell.TryRun("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%F_%K", "--jobs", job) is (0, var output)
        ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [];

    /// <summary>Starts a node's daemon.</summary>
    public void StartNode(int node) => _nodes[node - 1] = Start("slurmd", "-D", "-N", $"n{node}", "-f", _folder["slurm.conf"]);

    /// <summary>Kills a node's daemon; its tasks go on.</summary>
    public void KillNode(int node)
    {
        _nodes[node - 1]!.Kill();
        _nodes[node - 1]!.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Shell.TryRun("scancel", "--user=root");
        foreach (Process process in _others.Concat(_nodes.OfType<Process>()).Where(process => !process.HasExited))
            process.Kill(entireProcessTree: true);
        _folder.Dispose();
    }

    /// <summary>Waits until something is so.</summary>
    /// <exception cref="InvalidOperationException">It takes too long.</exception>
    public static void WaitFor(Func<bool> isSo, TimeSpan atMost, Func<string> otherwise)
    {
        for (var clock = Stopwatch.StartNew(); !isSo(); Thread.Sleep(100))
        {
            if (clock.Elapsed > atMost)
                throw new InvalidOperationException(otherwise());
        }
    }

    private static string[] Nodes() => Shell.TryRun("sinfo", "--noheader", "--Node", "--format=%t") is (0, var output) ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];

    private void StartMunge()
    {
        if (Shell.TryRun("munge", "--no-input").ExitCode == 0)
            return;
        Shell.Run("install", "--directory", "--owner=munge", "--mode=755", "/run/munge");
        _others.Add(Start("runuser", "--user", "munge", "--", "munged", "--foreground"));
        WaitFor(() => Shell.TryRun("munge", "--no-input").ExitCode == 0, TimeSpan.FromSeconds(10), () => "munged doesn't answer.");
    }

    private static Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private string Tail(string log) => File.Exists(_folder[log]) ? $"{log}: {string.Join(" | ", File.ReadLines(_folder[log]).TakeLast(5))} " : "";
}
