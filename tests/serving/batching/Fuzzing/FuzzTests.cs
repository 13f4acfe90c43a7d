using MnistAdder.Fuzzing;

namespace MnistAdder.OnnxBatching.Tests.Fuzzing;

/// <summary>A thousand cases; <c>tests/benchmarks -- fuzz</c> runs more.</summary>
public sealed class FuzzTests
{
    [Fact]
    public void A_damaged_model_is_read_or_refused_as_documented_soon_and_in_little_memory()
    {
        using var target = new OutlineTarget();
        FuzzCases.RunThousand(target);
    }
}
