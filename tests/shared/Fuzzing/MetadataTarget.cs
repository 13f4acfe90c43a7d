using System.Text;
using MnistAdder.Fuzzing;

namespace MnistAdder.Tests.Fuzzing;

/// <summary>
/// The metadata properties of a <c>model.onnx</c>, as lines <c>key=value</c>: ONNX Runtime's own code reads the file, and this project's
/// what is in the properties.
/// </summary>
internal sealed class MetadataTarget() : FuzzTarget("metadata", new FuzzLimits(ManagedBytes: 4 << 20))
{
    private static readonly ModelMetadata s_own = new("mnist", "quick", 1, 6, 76_301, 0.9954, 0.9954, "test", DateTimeOffset.UnixEpoch);

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Text(s_own),
        Text(s_own with { Dataset = "idx-0123456789ab", Seed = long.MinValue, DigitAccuracy = 0, Date = DateTimeOffset.MaxValue }),
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(input).Split('\n'))
        {
            string[] parts = line.Split('=', 2);
            properties[parts[0]] = parts[^1];
        }

        if (!ModelMetadata.TryParse(properties, out ModelMetadata? metadata))
            return false;
        bool again = ModelMetadata.TryParse(metadata.ToProperties().ToDictionary(), out ModelMetadata? copy);
        FuzzException.Require(again && copy!.Dataset == metadata.Dataset && copy.Seed == metadata.Seed, "What was read and written isn't read again.");
        return true;
    }

    private static byte[] Text(ModelMetadata metadata) =>
        Encoding.UTF8.GetBytes(string.Join('\n', metadata.ToProperties().Select(property => $"{property.Key}={property.Value}")));
}
