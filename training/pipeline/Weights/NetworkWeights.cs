using MnistAdder.Training.Base;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Weights;

/// <summary>A network's state dict in a file, under the names that PyTorch gives it.</summary>
internal static class NetworkWeights
{
    private static readonly IWeightsFormat[] s_formats = [new SafetensorsFormat(), new PyTorchFormat()];

    /// <summary>How the names of weights files end, for people.</summary>
    public static string Extensions { get; } = string.Join(", ", s_formats.SelectMany(format => format.Extensions));

    /// <summary>Writes a file of the format that its name's end says, whole or not at all.</summary>
    /// <exception cref="TrainingException">The name's end says no format, or one that this build can't write.</exception>
    public static void Save(string path, DigitSumNetwork network, ModelOrigin origin) =>
        FormatOf(path).Write(path, network.state_dict(), origin.ToProperties());

    /// <summary>Reads a file of the format that its name's end says into the network that its tensors are of.</summary>
    /// <param name="path">The file.</param>
    /// <param name="recipe">The recipe whose network it is; null to find it by names and shapes, and by the file's metadata where several have one network.</param>
    /// <returns>The network, the caller's, and what is known of its training.</returns>
    /// <exception cref="TrainingException">The name's end says no format, or one that this build can't read.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is broken, or of no such network; the message names the tensors.</exception>
    public static (DigitSumNetwork Network, ModelOrigin Origin) Load(string path, Recipe? recipe)
    {
        SafetensorsContent content = FormatOf(path).Read(path);
        Recipe fitting = recipe ?? Nearest(content);
        DigitSumNetwork network = fitting.CreateNetwork();
        try
        {
            TorchTensors.Load(network.state_dict(), content, path, $"recipe {fitting.Name}");
            return (network, ModelOrigin.From(content.Metadata, fitting.Name));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    // Of recipes with one network the one that the file names.
    private static Recipe Nearest(SafetensorsContent content)
    {
        string? named = content.Metadata.GetValueOrDefault(ModelMetadata.RecipeKey);
        return Recipe.All.OrderByDescending(recipe => recipe.Name == named).MinBy(recipe =>
        {
            using DigitSumNetwork network = recipe.CreateNetwork();
            return TorchTensors.Differences(network.state_dict(), content).Count;
        })!;
    }

    private static IWeightsFormat FormatOf(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return s_formats.FirstOrDefault(format => format.Extensions.Contains(extension))
            ?? throw new TrainingException($"{path}: the name of a weights file ends with one of {Extensions}.");
    }
}
