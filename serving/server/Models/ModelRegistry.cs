using System.Diagnostics.CodeAnalysis;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Models;

/// <summary>The models of a server, and whether they are ready.</summary>
/// <param name="models">The models, each name once.</param>
internal sealed class ModelRegistry(IReadOnlyList<ServedModel> models) : IDisposable
{
    private readonly Dictionary<string, ServedModel> _byName = models.ToDictionary(model => model.Name);
    private volatile bool _isReady;

    /// <summary>All models.</summary>
    public IReadOnlyList<ServedModel> All => models;

    /// <summary>Whether requests are welcome: after the warm-up, and until the server is asked to end.</summary>
    public bool IsReady
    {
        get => _isReady;
        set => _isReady = value;
    }

    /// <summary>Looks a model up.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="version">Its version; null for the latest.</param>
    /// <param name="model">The model.</param>
    public bool TryFind(string name, string? version, [NotNullWhen(true)] out ServedModel? model) =>
        _byName.TryGetValue(name, out model) && (version is null || version == ServedModel.Version);

    /// <summary>Looks a model up.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="version">Its version; null for the latest.</param>
    /// <exception cref="ProtocolException">There is none such.</exception>
    public ServedModel Find(string name, string? version) => TryFind(name, version, out ServedModel? model)
        ? model
        : throw ProtocolException.Unknown(_byName.ContainsKey(name) ? $"The model '{name}' has no version '{version}', only {ServedModel.Version}." : $"There is no model '{name}'.");

    /// <summary>Refuses requests while they aren't welcome.</summary>
    /// <exception cref="ProtocolException">They aren't.</exception>
    public void RequireReady()
    {
        if (!IsReady)
            throw ProtocolException.Later("The server isn't ready.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ServedModel model in models)
            model.Dispose();
    }
}
