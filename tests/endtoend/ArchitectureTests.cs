using MnistAdder.EndToEnd.Tests.Architecture;

namespace MnistAdder.EndToEnd.Tests;

public sealed class ArchitectureTests
{
    // What each project may reference of this project: nothing else, so that each can be understood with what stands to its right.
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["MnistAdder.Shared"] = [],
        ["MnistAdder.OnnxExport"] = [],
        ["MnistAdder.OnnxBatching"] = [],
        ["MnistAdder.OnnxQuantization"] = [],
        ["MnistAdder.Serving"] = ["MnistAdder.OnnxBatching", "MnistAdder.Shared"],
        ["MnistAdder.Server"] = ["MnistAdder.OnnxBatching", "MnistAdder.Serving", "MnistAdder.Shared"],
        ["MnistAdder.Commands"] = ["MnistAdder.OnnxBatching", "MnistAdder.Serving", "MnistAdder.Shared"],
        ["mnist-adder"] = ["MnistAdder.Commands", "MnistAdder.OnnxBatching", "MnistAdder.Server", "MnistAdder.Serving", "MnistAdder.Shared"],
        ["MnistAdder.Training"] = ["MnistAdder.OnnxBatching", "MnistAdder.OnnxExport", "MnistAdder.OnnxQuantization", "MnistAdder.Serving", "MnistAdder.Shared"],
        ["MnistAdder.TrainingHost"] =
        [
            "MnistAdder.Commands", "MnistAdder.OnnxBatching", "MnistAdder.OnnxExport", "MnistAdder.OnnxQuantization", "MnistAdder.Serving", "MnistAdder.Shared",
            "MnistAdder.Training",
        ],
    };

    private static readonly string[] s_commandLines = ["MnistAdder.Commands", "mnist-adder", "MnistAdder.TrainingHost"];

    public static TheoryData<string> Projects => [.. Project.All.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Arrows_between_the_folders_of_a_project_run_one_way(string project)
    {
        IReadOnlyList<string> cycles = Arrows.BetweenFoldersOf(Named(project)).Cycles();
        Assert.True(cycles.Count == 0, $"Folders of {project} need each other:\n{string.Join("\n\n", cycles)}");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_it_may(string project)
    {
        Assert.True(s_allowed.ContainsKey(project), $"{project} is new: say in {nameof(ArchitectureTests)} which projects it may reference.");
        string[] refused = [.. Named(project).References.Except(s_allowed[project])];
        Assert.True(refused.Length == 0, $"{project} must not reference {string.Join(" or ", refused)}.");
    }

    [Fact]
    public void Nothing_of_the_serving_side_references_TorchSharp()
    {
        IEnumerable<Project> serving = Project.All.Where(project => !project.Folder.StartsWith("training/", StringComparison.Ordinal));
        Assert.DoesNotContain(serving, project => project.Packages.Any(package => package.StartsWith("TorchSharp", StringComparison.Ordinal)));
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(Programs.ScoringHost)!, "TorchSharp.dll")));
    }

    [Fact]
    public void Only_command_lines_know_of_the_command_line()
    {
        IEnumerable<Project> libraries = Project.All.Where(project => !s_commandLines.Contains(project.Name));
        Assert.DoesNotContain(libraries, project => project.Packages.Any(package => package is "System.CommandLine" or "Spectre.Console"));
    }

    [Fact]
    public void A_cycle_is_told_with_its_shortest_way_round_and_an_example_for_each_arrow()
    {
        var arrows = new Arrows();
        arrows.Add("Roof", "Fit", "Trainer -> Run");
        arrows.Add("Fit", "Data", "Run -> Set");
        arrows.Add("Fit", "Fit", "Run -> Loop");
        arrows.Add("Data", "Files", "Set -> File");
        arrows.Add("Files", "Fit", "File -> Loop");
        arrows.Add("Data", "Fit", "Set -> Run");
        arrows.Add("Data", "Fit", "Set -> Loop");
        arrows.Add("Data", "Fit", "Set -> Score");
        string cycle = Assert.Single(arrows.Cycles());
        Assert.Equal(["Data -> Fit (Set -> Run; Set -> Loop)", "Fit -> Data (Run -> Set)"], cycle.Split('\n'));
    }

    [Fact]
    public void A_folder_and_its_subfolder_are_a_cycle_when_they_need_each_other()
    {
        var arrows = new Arrows();
        arrows.Add("Data", "Data/Sources", "Set -> Source");
        arrows.Add("Data/Sources", "Data", "Source -> Set");
        Assert.Single(arrows.Cycles());
    }

    [Fact]
    public void Arrows_that_meet_again_are_no_cycle()
    {
        var arrows = new Arrows();
        arrows.Add("Roof", "Fit", "Trainer -> Run");
        arrows.Add("Roof", "Data", "Trainer -> Set");
        arrows.Add("Fit", "Data", "Run -> Set");
        Assert.Empty(arrows.Cycles());
    }

    private static Project Named(string name) => Project.All.Single(project => project.Name == name);
}
