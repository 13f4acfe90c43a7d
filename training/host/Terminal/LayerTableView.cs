using System.Globalization;
using MnistAdder.Training.Network;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Terminal;

/// <summary>The layer table as it is printed.</summary>
internal static class LayerTableView
{
    public static Table Render(IReadOnlyList<LayerRow> layers)
    {
        // As wide as 80 columns allow.
        Table table = new Table().Title("Network").Border(TableBorder.None);
        foreach (string name in (string[])["layer", "kind", "output", "parameters", "receptive field", "multiply-adds"])
        {
            var column = new TableColumn($"[underline]{name}[/]") { NoWrap = true, Padding = new Padding(0, 0, 1, 0) };
            table.AddColumn(name is "layer" or "kind" or "output" ? column : column.RightAligned());
        }

        foreach (LayerRow layer in layers)
        {
            string field = layer.ReceptiveField is { } side ? $"{side}×{side}" : "";
            table.AddRow(layer.Name, layer.Kind, string.Join('×', layer.OutputShape), Count(layer.Parameters), field, Count(layer.MultiplyAdds));
        }

        table.AddRow("total", "", "", Count(layers.Sum(layer => layer.Parameters)), "", Count(layers.Sum(layer => layer.MultiplyAdds)));
        return table;
    }

    private static string Count(long value) => value == 0 ? "" : value.ToString("N0", CultureInfo.InvariantCulture);
}
