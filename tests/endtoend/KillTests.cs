using MnistAdder.EndToEnd.Tests.Faults;

namespace MnistAdder.EndToEnd.Tests;

/// <summary>A few kills; <c>tests/benchmarks -- faults</c> does many.</summary>
public sealed class KillTests
{
    private const int Seed = 5;

    [Fact]
    public void Training_killed_at_random_moments_leaves_whole_files_and_ends_with_the_same_bytes_afterwards()
    {
        using var trial = new TrainingKillTrial();
        AssertHarmless(trial, kills: 2);
    }

    [Fact]
    public void Scoring_killed_at_random_moments_leaves_the_older_output_or_the_whole_new_one()
    {
        using var trial = new ScoringKillTrial();
        AssertHarmless(trial, kills: 3);
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("model.zip")]
    [InlineData("weights.safetensors")]
    [InlineData("metrics.json")]
    [InlineData("history.csv")]
    [InlineData("loss.svg")]
    public void A_part_of_a_file_is_told_from_the_whole(string name)
    {
        string whole = Path.Combine(Repository.Root, "artifacts", "pretrained", name);
        byte[] bytes = File.ReadAllBytes(whole);
        Assert.Null(WholeFile.Problem(whole));
        using var folder = new TemporaryFolder();
        foreach (double share in (double[])[0, 0.1, 0.5, 0.99])
            Assert.NotNull(WholeFile.Problem(folder.Write(name, bytes[..(int)(share * bytes.Length)])));
    }

    private static void AssertHarmless(IKillTrial trial, int kills)
    {
        KillOutcome[] outcomes = [.. KillSeries.Run(trial, kills, new Random(Seed))];
        Assert.Equal(kills, outcomes.Length);
        Assert.All(outcomes, outcome => Assert.Empty(outcome.Violations));
        Assert.All(outcomes, outcome => Assert.True(outcome.IsIdentical));
    }
}
