namespace MnistAdder.OnnxExport.Graphs;

/// <summary>Names given so far; a wish that is taken gets a number behind it.</summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counters = new(StringComparer.Ordinal);

    public bool TryTake(string name) => _taken.Add(name);

    public void Release(string name) => _taken.Remove(name);

    public string Take(string wish)
    {
        string name = wish;
        int number = _counters.GetValueOrDefault(wish);
        while (!_taken.Add(name))
            name = $"{wish}_{++number}";
        _counters[wish] = number;
        return name;
    }
}
