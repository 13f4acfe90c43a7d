using MnistAdder.Fuzzing;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>A thousand cases of each target; <c>tests/benchmarks -- fuzz</c> runs more.</summary>
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. s_targets.Keys];

    private static readonly Dictionary<string, Func<FuzzTarget>> s_targets = new(StringComparer.Ordinal)
    {
        ["images"] = () => new ImageTarget(),
        ["inflate"] = () => new InflateTarget(),
        ["preparation"] = () => new PreparationTarget(),
        ["model-zip"] = ModelZipTarget.Stock,
        ["model-zip-onnx"] = ModelZipTarget.Onnx,
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_damaged_file_is_refused_as_documented_soon_and_in_little_memory(string name)
    {
        using FuzzTarget target = s_targets[name]();
        FuzzCases.RunThousand(target);
    }
}
