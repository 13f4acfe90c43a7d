using System.CommandLine;
using System.Diagnostics;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using MnistAdder.Scoring.Cli;
using MnistAdder.Scoring.Shards;

namespace MnistAdder.Scoring.Tests;

/// <summary>The recipes of <c>serving/deploy</c>, as far as they can be tried without a cluster; <c>tests/cluster</c> runs Slurm's.</summary>
public sealed partial class DeployTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "serving", "deploy");

    [Fact]
    public void The_jobs_for_Kubernetes_are_such_and_run_what_this_program_has()
    {
        V1Job[] jobs = [.. KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(s_folder, "kubernetes", "score-job.yaml")), strict: true).Cast<V1Job>()];
        Assert.Equal(["mnist-adder-plan", "mnist-adder-score", "mnist-adder-merge"], jobs.Select(job => job.Name()));
        foreach (V1Job job in jobs)
        {
            V1Container container = job.Spec.Template.Spec.Containers.Single();
            Assert.Empty(CommandLine.Create().Parse([.. container.Args]).Errors);
            Assert.Equal(container.Name, job.GetLabel("step"));
            Assert.Equal(["cpu", "memory"], container.Resources.Requests.Keys.Order());
            Assert.All(container.Resources.Requests, request => Assert.Equal(request.Value, container.Resources.Limits[request.Key]));
            Assert.Equal(job.Spec.Template.Spec.Volumes.Select(volume => volume.Name), container.VolumeMounts.Select(mount => mount.Name));
        }

        V1JobSpec score = jobs[1].Spec;
        Assert.Equal(("Indexed", 3), (score.CompletionMode, score.BackoffLimitPerIndex));
        IList<string> plan = jobs[0].Spec.Template.Spec.Containers.Single().Args;
        Assert.Equal($"{score.Completions}", plan[plan.IndexOf("--shards") + 1]);
        Assert.Contains("JOB_COMPLETION_INDEX", ShardChoice.Variables);
    }

    [Theory]
    [InlineData("score.sbatch")]
    [InlineData("sweep.sbatch")]
    public void The_scripts_for_Slurm_are_bash(string name)
    {
        using Process bash = Process.Start(new ProcessStartInfo("bash", ["-n", Path.Combine(s_folder, "slurm", name)]) { RedirectStandardError = true })!;
        string error = bash.StandardError.ReadToEnd();
        bash.WaitForExit();
        Assert.Equal((0, ""), (bash.ExitCode, error));
    }

    [Fact]
    public void The_lines_for_engines_are_understood()
    {
        MatchCollection lines = Line().Matches(File.ReadAllText(Path.Combine(s_folder, "README.md")));
        Assert.InRange(lines.Count, 4, 20);
        RootCommand root = CommandLine.Create();
        Assert.All(lines, line => Assert.Empty(root.Parse(line.Groups["arguments"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Errors));
    }

    // A command up to the end of its line, its code or a comment; $(…) and $X are what a shell puts a number for.
    [GeneratedRegex(@"(?<=^|`|\| )mnist-adder (?<arguments>(plan|score|merge)[^`#\n|]*)", RegexOptions.Multiline)]
    private static partial Regex Line();
}
