using MnistAdder.Fuzzing;

namespace MnistAdder.Training.Tests.Fuzzing;

/// <summary>A thousand cases of each target; <c>tests/benchmarks -- fuzz</c> runs more.</summary>
[Collection(TorchGenerator.Tests)]
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. s_targets.Keys];

    private static readonly Dictionary<string, Func<FuzzTarget>> s_targets = new(StringComparer.Ordinal)
    {
        ["idx-images"] = IdxTarget.Images,
        ["idx-labels"] = IdxTarget.Labels,
        ["safetensors"] = () => new SafetensorsTarget(),
        ["checkpoint-sgd"] = CheckpointTarget.Sgd,
        ["checkpoint-adamw"] = CheckpointTarget.AdamW,
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_damaged_file_is_refused_as_documented_soon_and_in_little_memory(string name)
    {
        using FuzzTarget target = s_targets[name]();
        FuzzCases.RunThousand(target);
    }
}
